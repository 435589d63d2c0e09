import test from 'ava'
import { checkEnds } from './check-ends.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

type Content = readonly [readonly Said[], readonly Told[]]
const accepts = (id: string, rest: object = {}): Content => [
  [['declare', { job: { id, kind: 'apply', ...rest } }]],
  [['job.accepted', { job: id }]],
]
const ended = (job: string, state: string, outcomes: Record<string, string> = {}): Told => [
  'job.ended',
  { job, state, groups: Object.entries(outcomes).map(([group, outcome]) => ({ group, outcome })) },
]
const cancel: Said = ['cancel', { job: 'j1', mode: 'stop-after-current' }]
const judge = (...contents: Content[]) =>
  checkEnds(evidenceOf({ records: journalOf(...contents) })).map(({ promise }) => promise)

test('who is cancelled before anything began ends at once', t => {
  t.deepEqual(judge(accepts('j1'), [[cancel], [ended('j1', 'cancelled')]]), [])
  t.deepEqual(judge(accepts('j1'), [[cancel], []]), [1])
  const begun: Content = [[], [['rollout.started', { job: 'j1', group: 'web' }]]]
  t.deepEqual(judge(accepts('j1'), begun, [[cancel], []]), [])
  t.deepEqual(judge(accepts('j1'), [[], [ended('j1', 'succeeded')]], [[cancel], []]), [])
})

test('who wants all or nothing and fails leaves nothing committed', t => {
  const all = accepts('j1', { onFailure: 'rollback-all' })
  const mixed = { web: 'committed', mail: 'rolled-back' }
  t.deepEqual(judge(all, [[], [ended('j1', 'failed', mixed)]]), [1])
  t.deepEqual(judge(accepts('j1'), [[], [ended('j1', 'failed', mixed)]]), [])
  t.deepEqual(judge(all, [[], [ended('j1', 'failed', { web: 'rolled-back', mail: 'unchanged' })]]), [])
})

test('nobody obeys a stranger', t => {
  const asks = (outcome: string): Content => [
    [['declare', {}, 'key/stranger']],
    [['audit', { outcome, actor: 'key/stranger' }]],
  ]
  t.deepEqual(judge(asks('refused')), [])
  t.deepEqual(judge(asks('accepted')), [11])
})
