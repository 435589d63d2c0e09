/** Steps of virtual time in a millisecond: a power of two, so that sums of them are exact. */
const STEPS_PER_MS = 64

/**
 * The next point of the grid on which virtual time lies. Timers of a host have a grain too; here it makes a run
 * independent of where a member's own time begins.
 */
export function onGrid(timeMs: number): number {
  return Math.ceil(timeMs * STEPS_PER_MS) / STEPS_PER_MS
}
