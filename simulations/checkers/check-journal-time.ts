import type { Evidence, ReadRecord, Violation } from './evidence.ts'

/** Journal time is in whole milliseconds: two of them may each be cut off by one. */
const ROUNDING_MS = 2

/**
 * Promise 1, for all that waits for a time: journal time passes as fast as the clock of the central that leads, not
 * faster nor slower, from its first record to its last; and that first one is no later than what its clock saw pass
 * since the program began, after the last one of the life before.
 */
export function checkJournalTime({ records }: Evidence): Violation[] {
  let first: ReadRecord | undefined
  let beforeMs = 0
  return records.flatMap(read => {
    const { record, drafted } = read
    const wasMs = beforeMs
    beforeMs = record.timeMs
    if (drafted === undefined) return []
    if (first?.drafted?.life !== drafted.life || first.record.epoch !== record.epoch) {
      first = read
      const passedMs = drafted.monotonicMs - drafted.lifeMonotonicMs
      const isLate = record.timeMs > wasMs + passedMs + ROUNDING_MS || record.timeMs < wasMs
      return isLate ? [broken(`begins at ${record.timeMs} ms in record ${record.seq}, after ${wasMs}`)] : []
    }
    const passedMs = drafted.monotonicMs - first.drafted.monotonicMs
    const journaledMs = record.timeMs - first.record.timeMs
    if (Math.abs(passedMs - journaledMs) <= ROUNDING_MS) return []
    return [
      broken(`moved by ${journaledMs} ms up to record ${record.seq}, the clock of central by ${passedMs}`),
    ]
  })
}

function broken(what: string): Violation {
  return { promise: 1, what: `journal time ${what}` }
}
