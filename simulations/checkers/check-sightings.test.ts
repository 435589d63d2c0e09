import test from 'ava'
import type { Sighting } from '../cluster/simulated-process.ts'
import type { GroupPlan } from '../cluster/topology.ts'
import { checkSightings } from './check-sightings.ts'
import { evidenceOf, journalOf, type Told } from './evidence.test.kit.ts'

const seen = (revision: number, activation: number, values: object = { left: 1, right: 1 }, atMs = 9_000) =>
  ({
    atMs,
    node: 'n1',
    process: 'a',
    life: 1,
    snapshot: { group: 'web', revision, activation, digest: `d${revision}`, stale: false, values },
  }) as unknown as Sighting
const committed = (revision: number): Told => ['group.committed', { group: 'web', revision }]
const started = (revision: number): Told => ['rollout.started', { group: 'web', revision }]
const group = (uses: 'strong' | 'eventual'): GroupPlan => ({
  name: 'web',
  sets: [],
  policy: { uses, with: {} },
})
const judge = (uses: 'strong' | 'eventual', told: Told[], sightings: Sighting[], more = {}) =>
  checkSightings(
    evidenceOf({
      topology: { groups: [group(uses)], nodes: [] },
      records: journalOf([[], told]),
      sightings,
      ...more,
    }),
  ).map(({ promise }) => promise)

const both = [committed(1), committed(2)]

test('whole revisions in rising order are right; so is a step back that the node told of', t => {
  t.deepEqual(judge('strong', both, [seen(1, 1), seen(2, 2)]), [])
  const fallbacks = [{ node: 'n1', group: 'web', activation: 3 }]
  t.deepEqual(judge('strong', both, [seen(2, 2), seen(1, 3)], { fallbacks }), [])
  t.deepEqual(judge('strong', both, [seen(2, 2), seen(1, 4)], { fallbacks }), [])
  const rebuilt = [{ node: 'n1', atMs: 8_000 }]
  t.deepEqual(judge('strong', both, [seen(2, 9, undefined, 7_000), seen(1, 1)], { rebuilt }), [])
})

test('a mix, and one revision with two contents, are found', t => {
  t.deepEqual(judge('strong', both, [seen(1, 1, { left: 1, right: 2 })]), [2])
  t.deepEqual(judge('strong', both, [seen(1, 1), seen(1, 1, { left: 3, right: 3 })]), [2])
})

test('a revision that is not committed is found under strong, one that nobody began under eventual', t => {
  t.deepEqual(judge('strong', [started(1)], [seen(1, 1)]), [2])
  t.deepEqual(judge('eventual', [started(1)], [seen(1, 1)]), [])
  t.deepEqual(judge('eventual', [started(2)], [seen(1, 1)]), [2])
  t.deepEqual(judge('strong', [committed(1)], [seen(1, 1, undefined, 500)]), [2])
})

test('a step back that nobody told of, an activation that falls or changes its revision, are found', t => {
  t.deepEqual(judge('strong', both, [seen(2, 2), seen(1, 3)]), [4])
  t.deepEqual(judge('strong', both, [seen(1, 2), seen(2, 1)]), [4])
  const fallbacks = [{ node: 'n1', group: 'web', activation: 2 }]
  t.deepEqual(judge('strong', both, [seen(2, 2), seen(1, 3)], { fallbacks }), [4])
  t.deepEqual(judge('strong', both, [seen(1, 2), seen(2, 2)]), [4])
})

test('a number that a restore forgot may name another content, and its content was allowed', t => {
  const lost = journalOf([[], [committed(2)]])
  const restores = [{ atMs: 5_000, keptMs: 500, keptSeq: 0, lost }]
  const other = (revision: number, activation: number) => {
    const sighting = seen(revision, activation, { left: 3, right: 3 })
    return { ...sighting, snapshot: { ...sighting.snapshot, digest: 'other' } } as unknown as Sighting
  }
  t.deepEqual(judge('strong', both, [seen(2, 2), other(2, 3)], { restores }), [])
  t.deepEqual(judge('strong', [committed(1)], [seen(2, 2)], { restores }), [])
  t.deepEqual(judge('strong', both, [seen(1, 1), other(1, 2)], { restores }), [2])
  t.deepEqual(judge('strong', both, [seen(2, 2), seen(2, 3, { left: 3, right: 3 })], { restores }), [2])
  t.deepEqual(judge('strong', both, [seen(2, 2), seen(1, 3)], { restores }), [4])
  const left = { kind: 'logged', agent: { node: 'n1' }, note: { group: 'web', cause: 'removed' } }
  const again = [seen(2, 2, undefined, 4_000), seen(1, 3, undefined, 9_000)]
  t.deepEqual(judge('strong', both, again, { restores, agents: [{ ...left, atMs: 4_500 }] }), [])
  t.deepEqual(judge('strong', both, again, { restores, agents: [{ ...left, atMs: 3_500 }] }), [4])
})
