import type { Evidence, Violation } from './evidence.ts'

/** Promise 12: nothing grows past its bound while the run goes on; and promise 1: at rest nothing is left over. */
export function checkLoad({ load }: Evidence): Violation[] {
  const full = load.flatMap(({ atMs, loads }) =>
    loads
      .filter(({ count, max }) => count > max)
      .map(({ what, count, max }) => ({
        promise: 12,
        what: `${count} at ${(atMs / 1_000).toFixed(3)} s: ${what} is ${max}`,
      })),
  )
  const left = load.flatMap(({ leftOver = [] }) => leftOver.map(what => ({ promise: 1, what })))
  return [...full, ...left]
}
