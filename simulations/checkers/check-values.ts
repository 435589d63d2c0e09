import { isDeepStrictEqual } from 'node:util'
import type { DeclaredModel } from './declared-model.ts'
import { PlanJudge, type Vector } from './check-plans.ts'
import type { Evidence, Violation } from './evidence.ts'
import { revisionsIn } from './names-in-record.ts'
import { type CborItem, readCbor } from './read-cbor.ts'

type Entries = Readonly<Record<string, CborItem>>

/**
 * Promise 2, by content: what a process reads of a revision is what its paths held at the versions that it pins, a
 * later path over an earlier one, and not a key more.
 */
export function checkValues({ records, restores, sightings, blobs }: Evidence): Violation[] {
  const judge = new PlanJudge()
  for (const read of records) judge.take(read)
  // Under a number that a restore forgot others may have seen what the journal knows nothing of.
  const forgotten = new Set(restores.flatMap(({ lost }) => lost.flatMap(revisionsIn)))
  const seen = new Set<string>()
  return sightings.flatMap(({ node, process, snapshot }) => {
    const { group, revision, activation, digest, values } = snapshot
    const name = `${group}@${revision}`
    const vector = judge.vectors.get(name)
    // Whether all see the same in one revision is asked elsewhere: one look at each is enough.
    if (activation === 0 || vector === undefined || seen.has(name)) return []
    if (forgotten.has(name) && judge.digestOf(name) !== digest) return []
    seen.add(name)
    const expected = layered(vector, judge.model, blobs)
    if (expected === undefined || isDeepStrictEqual({ ...values }, expected)) return []
    return [{ promise: 2, what: `${node}/${process} saw ${name} with other values than it is made of` }]
  })
}

/** Undefined when the journal does not hold what was declared. */
function layered(vector: Vector, model: DeclaredModel, blobs: Evidence['blobs']): Entries | undefined {
  const all: Record<string, CborItem> = {}
  for (const path of vector.sets) {
    const version = model.versions.get(`${path}@${vector.pins[path]?.version}`)
    if (version === undefined) return undefined
    if (version.digest === null) continue
    const bytes = blobs.get(version.digest)
    if (bytes === undefined) return undefined
    Object.assign(all, readCbor(bytes))
  }
  return all
}
