import type { Evidence, Violation } from './evidence.ts'

/**
 * Promises 1, 8 and 12 at the journal's own door: it took, refused and gave only what it may. And damage ends
 * a start where it is read, by the name of damage: a central that folds it first and stumbles then has used
 * it.
 */
export function checkJournalPort({ complaints, failures, spans }: Evidence): Violation[] {
  const told = complaints.map(({ atMs, promise, what }) => ({
    promise,
    what: `${what}, at ${secondsOf(atMs)}`,
  }))
  const refused = failures.flatMap(({ atMs, code, what }) => {
    const isHarmed = spans.some(
      ({ fault, fromMs, toMs = Infinity }) => fault.kind === 'journal-rot' && fromMs <= atMs && atMs <= toMs,
    )
    const isBad = code === undefined || code.startsWith('KONOR_KERNEL') || (code === CORRUPT && !isHarmed)
    return isBad ? [{ promise: 12, what: `central could not start at ${secondsOf(atMs)}: ${what}` }] : []
  })
  return [...told, ...refused]
}

const CORRUPT = 'KONOR_JOURNAL_CORRUPT'

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
