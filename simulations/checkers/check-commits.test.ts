import test from 'ava'
import type { GroupPlan } from '../cluster/topology.ts'
import { checkCommits } from './check-commits.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

const strong: GroupPlan = { name: 'web', sets: [], policy: { uses: 'strong', with: {} } }
const eventual = (options: Record<string, unknown>): GroupPlan => ({
  name: 'web',
  sets: [],
  policy: { uses: 'eventual', with: options },
})
const joined = (node: string): Told => ['subscription.joined', { group: 'web', node }]
const report = (node: string, seq: number, phase: string, revision = 2): Said => [
  'report',
  { node, seq, groups: [{ group: 'web', progress: { revision, phase } }] },
]
const offline = (node: string): Said => ['liveness', { changes: [{ node, to: 'offline' }] }]
const commit: Told = ['group.committed', { group: 'web', revision: 2, kind: 'apply' }]
const THREE = [[], [joined('n1'), joined('n2'), joined('n3')]] as const
const judge = (plan: GroupPlan, ...said: readonly Said[]) =>
  checkCommits(
    evidenceOf({ topology: { groups: [plan], nodes: [] }, records: journalOf(THREE, [said, [commit]]) }),
  ).map(({ promise }) => promise)

test('strong commits when each node has staged, and not before', t => {
  const two = [report('n1', 1, 'staged'), report('n2', 1, 'staged')]
  t.deepEqual(judge(strong, ...two, report('n3', 1, 'staged')), [])
  t.deepEqual(judge(strong, ...two), [3])
  t.deepEqual(judge(strong, ...two, report('n3', 1, 'staging')), [3])
  t.deepEqual(judge(strong, ...two, offline('n3')), [3])
})

test('what is stale, repeated or of a stranger counts for nothing', t => {
  const two = [report('n1', 1, 'staged'), report('n2', 1, 'staged')]
  t.deepEqual(judge(strong, ...two, report('n3', 1, 'staged', 1)), [3])
  t.deepEqual(judge(strong, ...two, report('n9', 1, 'staged')), [3])
  t.deepEqual(judge(strong, ...two, report('n3', 4, 'rejected'), report('n3', 3, 'staged')), [3])
})

test('eventual commits with its quorum of those that are not offline, and with its floor', t => {
  const majority = eventual({ quorum: 'majority' })
  const one = report('n1', 1, 'applied')
  t.deepEqual(judge(majority, one, report('n2', 1, 'applied')), [])
  t.deepEqual(judge(majority, one, report('n2', 1, 'staged')), [3])
  t.deepEqual(judge(majority, one, offline('n2'), offline('n3')), [])
  t.deepEqual(judge(eventual({ quorum: 1 }), one), [])
  t.deepEqual(judge(eventual({ quorum: 1, floor: 2 }), one), [3])
  t.deepEqual(judge(eventual({ quorum: '100%' }), one, report('n2', 1, 'applied'), offline('n3')), [])
  t.deepEqual(judge(eventual({ quorum: '60%' }), one), [3])
})

test('a node that was offered the candidate stays in the count when it dies', t => {
  const said = [report('n1', 1, 'applied'), report('n2', 1, 'staged'), report('n3', 1, 'staged')]
  t.deepEqual(judge(eventual({ quorum: 'majority' }), ...said, offline('n2'), offline('n3')), [3])
})

test('an agent that came under the name of a removed one counts its reports anew', t => {
  const redeemed = (...told: Told[]): ReturnType<typeof journalOf> =>
    journalOf(
      [[], [joined('n1')]],
      [[report('n1', 9, 'staging', 1)], []],
      [
        [],
        [
          ['node.removed', { node: 'n1' }],
          ['subscription.left', { group: 'web', node: 'n1' }],
        ],
      ],
      // What the removed one still said.
      [[report('n1', 10, 'staging', 1)], []],
      [[], [joined('n1'), ...told]],
      [[report('n1', 1, 'staged')], [commit]],
    )
  const verdict = (records: ReturnType<typeof journalOf>) =>
    checkCommits(evidenceOf({ topology: { groups: [strong], nodes: [] }, records })).length
  t.is(verdict(redeemed(['node.joined', { node: 'n1' }])), 0)
  t.is(verdict(redeemed()), 1, 'the same agent repeats an old report')
})
