import type { Evidence, ReadRecord, Violation } from './evidence.ts'
import { ClusterModel } from './model/cluster-model.ts'
import type { Expected } from './model/revision-model.ts'

/** Outputs that the model foretells, and which of their fields. */
const FORETOLD: Readonly<Record<string, { readonly promise: number; readonly fields: readonly string[] }>> = {
  'rollout.started': { promise: 4, fields: ['group', 'revision', 'job', 'policy'] },
  'group.committed': { promise: 3, fields: ['group', 'revision', 'digest', 'kind', 'job'] },
  'rollout.undone': { promise: 5, fields: ['group', 'revision', 'reason'] },
  'rollout.paused': { promise: 5, fields: ['group', 'reason'] },
  'rollout.resumed': { promise: 5, fields: ['group'] },
  'group.deleted': { promise: 4, fields: ['group'] },
  'subscription.joined': { promise: 3, fields: ['group', 'node'] },
  'subscription.left': { promise: 3, fields: ['group', 'node'] },
  'subscription.rejected': { promise: 3, fields: ['group', 'node', 'revision', 'reason'] },
  'node.joined': { promise: 3, fields: ['node'] },
  'node.liveness': { promise: 10, fields: ['node', 'liveness'] },
  'node.draining': { promise: 3, fields: ['node'] },
  'node.removed': { promise: 3, fields: ['node'] },
}

/**
 * Promises 1 to 5, 10: what must happen does, in the very record whose inputs make it due, and nothing else
 * does. A quorum that is there commits, one that is lost ends, a deadline does what its option says, an undone
 * revision is followed by one that puts older content back: as a model of the documents foretells it from inputs
 * alone.
 */
export function checkModel({ records, blobs }: Evidence): Violation[] {
  const model = new ClusterModel(blobs)
  const violations: Violation[] = []
  for (const read of records) {
    violations.push(...judgeRecord(read, model))
    // Once it parts from the journal, all that follows is noise.
    if (violations.length > 0) return violations
  }
  return violations
}

/** What of one record is not as the model foretells it, and the model goes on to the next. */
export function judgeRecord(read: ReadRecord, model: ClusterModel): Violation[] {
  const { expected, objections } = model.fold(read)
  const told = objections.map(what => ({ promise: 4, what }))
  return [...told, ...differences(read, expected), ...endings(read, model)]
}

function differences({ record, outputs }: ReadRecord, expected: readonly Expected[]): Violation[] {
  const wanted = tally(expected.map(told))
  const found = tally(outputs.flatMap(({ type, data }) => (type in FORETOLD ? [told({ type, data })] : [])))
  const at = `in record ${record.seq} (${(record.timeMs / 1_000).toFixed(3)} s)`
  const missing = [...wanted].filter(([text, times]) => times > (found.get(text) ?? 0))
  const extra = [...found].filter(([text, times]) => times > (wanted.get(text) ?? 0))
  return [
    ...missing.map(([text]) => ({ promise: promiseOf(text), what: `${at} there must be ${text}` })),
    ...extra.map(([text]) => ({ promise: promiseOf(text), what: `${at} there must not be ${text}` })),
  ]
}

/** A job hears of each of its groups what became of it. */
function endings({ record, outputs }: ReadRecord, { endings: known }: ClusterModel): Violation[] {
  return outputs.flatMap(({ type, data }) => {
    if (type !== 'job.ended') return []
    const job = String(data['job'])
    return (data['groups'] as unknown as readonly Outcome[]).flatMap(
      ({ group, revision, outcome, reason }) => {
        const wanted = known.get(`${job} ${group}`)
        if (outcome === 'unchanged' || reason?.startsWith('shared with') === true || wanted === undefined)
          return []
        const said = `${outcome} ${revision} ${reason}`
        const must = `${wanted.outcome} ${wanted.revision} ${wanted.reason}`
        if (said === must) return []
        return [
          { promise: 1, what: `job ${job} ended in record ${record.seq} with ${group} ${said}, not ${must}` },
        ]
      },
    )
  })
}

interface Outcome {
  readonly group: string
  readonly revision: number | null
  readonly outcome: string
  readonly reason: string | null
}

function told({
  type,
  data,
}: {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}): string {
  const fields = FORETOLD[type]?.fields ?? []
  return [type, ...fields.map(name => `${name} ${String(data[name])}`)].join(', ')
}

function promiseOf(text: string): number {
  return FORETOLD[text.split(',')[0] ?? '']?.promise ?? 3
}

function tally(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}
