import { STALE_MACHINE } from '../cluster/stale-central.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'
import { jobsIn, revisionsIn } from './names-in-record.ts'

/**
 * Promise 1: nothing leaves a central before the record is durable that it speaks of, in true time: neither the word
 * that a job is accepted, nor a revision that agents are to stage or run; nor after a restore has taken that record
 * away.
 */
export function checkReplies({ records, restores, replies, wire }: Evidence): Violation[] {
  const durable = new Map<string, Durable[]>()
  const note = (read: ReadRecord, untilMs: number): void => {
    for (const name of [...jobsIn(read).map(job => `job ${job}`), ...revisionsIn(read)])
      durable.set(name, [...(durable.get(name) ?? []), { fromMs: read.atMs, untilMs }])
  }
  for (const read of records) note(read, Infinity)
  for (const { atMs, lost } of restores) for (const read of lost) note(read, atMs)
  const early = (what: string, atMs: number, isPast = false): Violation[] => {
    const spans = durable.get(what) ?? []
    if (spans.some(({ fromMs, untilMs }) => fromMs <= atMs && (isPast || atMs <= untilMs))) return []
    const writtenMs = Math.min(...spans.map(({ fromMs }) => fromMs))
    const since =
      writtenMs === Infinity ? 'never' : writtenMs <= atMs ? 'not any more' : `only at ${told(writtenMs)}`
    return [{ promise: 1, what: `central spoke of ${what} at ${told(atMs)}; it is durable ${since}` }]
  }
  const desires = wire.flatMap(({ t, isSent, from, atMs, body }) => {
    if (t !== 'desire' || !isSent) return []
    const { group, candidate, committed } = body['desire'] as unknown as Desire
    return [candidate, committed]
      .filter(one => one !== null && one !== undefined)
      .flatMap(({ revision }) => early(revisionOf(group, revision), atMs, from === STALE_MACHINE))
  })
  return [...replies.flatMap(({ job, atMs }) => early(`job ${job}`, atMs)), ...desires]
}

/** From when on a record was there, and until when: a restore may have taken it away. */
interface Durable {
  readonly fromMs: number
  readonly untilMs: number
}

interface Desire {
  readonly group: string
  readonly candidate?: { readonly revision: number } | null
  readonly committed?: { readonly revision: number } | null
}

function revisionOf(group: unknown, revision: unknown): string {
  return `${String(group)}@${String(revision)}`
}

function told(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
