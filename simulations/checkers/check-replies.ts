import type { Evidence, Violation } from './evidence.ts'

/**
 * Promise 1: nothing leaves a central before the record is durable that it speaks of, in true time: neither the word
 * that a job is accepted, nor a revision that agents are to stage or run.
 */
export function checkReplies({ records, replies, wire }: Evidence): Violation[] {
  const durableMs = new Map<string, number>()
  for (const { atMs, outputs } of records)
    for (const { type, data } of outputs) {
      if (type === 'job.accepted') durableMs.set(`job ${String(data['job'])}`, atMs)
      if (type !== 'rollout.started' && type !== 'group.committed') continue
      const name = revisionOf(data['group'], data['revision'])
      durableMs.set(name, Math.min(atMs, durableMs.get(name) ?? Infinity))
    }
  const early = (what: string, atMs: number): Violation[] => {
    const writtenMs = durableMs.get(what)
    if (writtenMs !== undefined && writtenMs <= atMs) return []
    const since = writtenMs === undefined ? 'never' : `only at ${told(writtenMs)}`
    return [{ promise: 1, what: `central spoke of ${what} at ${told(atMs)}; it is durable ${since}` }]
  }
  const desires = wire.flatMap(({ t, isSent, atMs, body }) => {
    if (t !== 'desire' || !isSent) return []
    const { group, candidate, committed } = body['desire'] as unknown as Desire
    return [candidate, committed]
      .filter(one => one !== null && one !== undefined)
      .flatMap(({ revision }) => early(revisionOf(group, revision), atMs))
  })
  return [...replies.flatMap(({ job, atMs }) => early(`job ${job}`, atMs)), ...desires]
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
