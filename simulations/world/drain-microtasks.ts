/** Events between two looks of Node's own loop, so that signals and output get through a long run. */
const EVENTS_PER_LOOP_TURN = 4_096

/**
 * Resolves when no promise of the simulated programs has anything left to do. Node runs the queue of `nextTick` only
 * when its queue of microtasks is empty, and goes back and forth between the two without entering its event loop:
 * so this waits for exactly the end of all chains, however deep they are, at a fraction of what `setImmediate` costs.
 */
export function drainMicrotasks(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve))
}

/** As `drainMicrotasks`, and every so many calls one turn of the event loop as well. */
export function createDrain(): () => Promise<void> {
  let count = 0
  return () => {
    if (++count % EVENTS_PER_LOOP_TURN !== 0) return drainMicrotasks()
    return new Promise(resolve => setImmediate(resolve))
  }
}
