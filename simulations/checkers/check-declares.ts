import { type Asked, askedIn, DeclaredModel } from './declared-model.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'

/**
 * Promises 1 and 7: of two writes that were made from one version the first in the journal passes and no other; none
 * is refused that was made from the head; one idempotency key is let through once, and answers the same request
 * whenever it comes again. And whoever is concerned by a change takes part: the lock of every group that layers a
 * changed path is asked for.
 */
export function checkDeclares({ records, answers, repetitions }: Evidence): Violation[] {
  const model = new DeclaredModel()
  const used = new Map<string, string>()
  const journaled = records.flatMap(read => {
    const asked = askedIn(read)
    const moved = asked.flatMap(one => checkBases(model, read, one))
    model.take(read, asked)
    return [...moved, ...asked.flatMap(one => [...checkLocks(model, one), ...checkKey(used, read, one)])]
  })
  // Admins never use a key for two requests; who does so on purpose is told of in `repetitions`.
  const told = answers
    .filter(({ refusal }) => refusal === REUSED)
    .map(({ deed }) => ({ promise: 7, what: `${deed.id}, sent again as it was, was refused as another` }))
  const refused = repetitions
    .filter(({ jobs, refusals }) => jobs.some(job => job !== undefined) && refusals.includes(REUSED))
    .map(({ deed }) => ({ promise: 7, what: `${deed}, sent twice, was let through once and refused once` }))
  return [...journaled, ...told, ...refused]
}

const REUSED = 'KONOR_ENGINE_IDEMPOTENCY_REUSED'

function checkBases(model: DeclaredModel, { record, outputs }: ReadRecord, asked: Asked): Violation[] {
  const moved = asked.sets.filter(({ path, base }) => model.versionOf(path) !== base)
  const isCalledMoved = outputs.some(({ data }) => data['code'] === 'KONOR_ENGINE_VERSION_MOVED')
  if (isCalledMoved && moved.length === 0)
    return [{ promise: 1, what: `record ${record.seq} is refused as made from an old version, and is not` }]
  if (!asked.isAccepted) return []
  return moved.map(({ path, base }) => ({
    promise: 1,
    what: `record ${record.seq} was made from ${path}@${base} and passed over ${model.versionOf(path)}`,
  }))
}

function checkLocks(model: DeclaredModel, { job, route, sets, isAccepted }: Asked): Violation[] {
  if (!isAccepted || route !== 'declare') return []
  const paths = new Set(sets.map(({ path }) => path))
  return [...model.groups]
    .filter(([, layers]) => layers.some(path => paths.has(path)))
    .filter(([group]) => !job.locks.includes(`group/${group}`))
    .map(([group]) => ({ promise: 9, what: `job ${job.id} changes what ${group} layers without its lock` }))
}

function checkKey(used: Map<string, string>, { record }: ReadRecord, asked: Asked): Violation[] {
  const { idempotency, isAccepted, job } = asked
  if (idempotency === null || !isAccepted) return []
  const before = used.get(idempotency.key)
  used.set(idempotency.key, job.id)
  if (before === undefined) return []
  return [{ promise: 7, what: `record ${record.seq} accepts ${job.id} under the key of ${before}` }]
}
