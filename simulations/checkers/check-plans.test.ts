import test from 'ava'
import { checkPlans } from './check-plans.ts'
import { checkValues } from './check-values.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

const pin = (version: number) => ({ version, digest: `a${version}` })
const plan = (base: number | null, pins: Record<string, object>, sets = Object.keys(pins)) => ({
  groups: [{ group: 'web', base, digest: `d${JSON.stringify(pins)}`, sets, pins }],
})
const asks = (id: string, base: number | undefined, rest: object = {}): Said => {
  const sets = base === undefined ? [] : [{ path: '/a', base, declare: { digest: `a${base + 1}` } }]
  return ['declare', { job: { id, kind: 'apply', touched: ['/a'], ...rest }, sets }]
}
const declared: Told = ['group.declared', { group: 'web', sets: ['/a'] }]
const accepted = (job: string): Told => ['job.accepted', { job, kind: 'apply' }]
const started = (job: string, revision: number): Told => [
  'rollout.started',
  { job, group: 'web', revision, policy: 'p' },
]
const committed = (revision: number, digest: string): Told => [
  'group.committed',
  { group: 'web', revision, digest },
]
const compiled = (job: string, seq: number, made: object, shared: object[] = []): Said => [
  'effect',
  { key: `job/${job}#compile.${seq}`, event: { type: 'COMPILED', plan: made, shared } },
]
type Content = readonly [readonly Said[], readonly Told[]]
const judge = (...contents: Content[]) =>
  checkPlans(evidenceOf({ records: journalOf(...contents) })).map(({ promise }) => promise)

const first = plan(null, { '/a': pin(1) })
const begun: Content = [[asks('j1', 0, { plan: first })], [declared, accepted('j1'), started('j1', 1)]]
const done: Content = [[], [committed(1, first.groups[0]?.digest ?? '')]]
const waits: Content = [[asks('j2', 1)], [accepted('j2')]]

test('a rollout begins with the plan of its own record', t => {
  const made = plan(1, { '/a': pin(2) })
  t.deepEqual(judge(begun, done, waits, [[compiled('j2', 3, made)], [started('j2', 2)]]), [])
  const early: Content = [[asks('j2', 1, { plan: made })], [accepted('j2')]]
  t.deepEqual(judge(begun, done, early, [[], [started('j2', 2)]]), [1])
})

test('a plan starts from what is committed, and takes along the head of what it touches', t => {
  const begins = (made: object) => judge(begun, done, waits, [[compiled('j2', 3, made)], [started('j2', 2)]])
  t.deepEqual(begins(plan(null, { '/a': pin(2) })), [6])
  t.deepEqual(begins(plan(1, { '/a': pin(1) })), [1])
  t.deepEqual(begins(plan(1, { '/a': { version: 2, digest: 'another' } })), [1])
})

test('what a job does not touch stays where it is', t => {
  const moved = [{ path: '/b', base: 0, declare: { digest: 'b' } }]
  const other: Content = [
    [['declare', { job: { id: 'j2', kind: 'apply', touched: ['/b'] }, sets: moved }]],
    [accepted('j2')],
  ]
  const begins = (version: number) =>
    judge(begun, done, other, [[compiled('j2', 3, plan(1, { '/a': pin(version) }))], [started('j2', 2)]])
  t.deepEqual(begins(1), [])
  t.deepEqual(begins(2), [1])
})

test('paths lie on one another in the order of their group', t => {
  const two: Told = ['group.declared', { group: 'web', sets: ['/a', '/b'] }]
  const begins = (sets: string[]) => {
    const made = plan(null, { '/a': pin(1), '/b': { version: 1, digest: 'b' } }, sets)
    const job = { id: 'j1', kind: 'apply', touched: ['/a', '/b'], plan: made }
    const said = [
      { path: '/a', base: 0, declare: { digest: 'a1' } },
      { path: '/b', base: 0, declare: { digest: 'b' } },
    ]
    return judge([[['declare', { job, sets: said }]], [two, accepted('j1'), started('j1', 1)]])
  }
  t.deepEqual(begins(['/a', '/b']), [])
  t.deepEqual(begins(['/b', '/a']), [1])
})

test('a job that agreed to a plan goes by no other', t => {
  const begins = (planDigest: string) => {
    const made = { ...first, digest: 'x' }
    const told = [declared, accepted('j1'), started('j1', 1)]
    return judge([[asks('j1', 0, { plan: made, planDigest })], told])
  }
  t.deepEqual(begins('x'), [])
  t.deepEqual(begins('y'), [1])
})

test('an outcome is shared with attempts that began since the job was asked for, and an effect comes out once', t => {
  const shares = compiled('j2', 3, { groups: [] }, [{ job: 'j1', group: 'web' }])
  t.deepEqual(judge(begun, done, waits, [[shares], []]), [3])
  const later: Content = [[asks('j3', 1)], [accepted('j3')]]
  const begins: Content = [[compiled('j3', 4, plan(1, { '/a': pin(2) }))], [started('j3', 2)]]
  const late = compiled('j2', 5, { groups: [] }, [{ job: 'j3', group: 'web' }])
  const asked: Content = [[asks('j2', undefined)], [accepted('j2')]]
  t.deepEqual(judge(begun, done, asked, later, begins, [[late], []]), [])
  t.true(judge(begun, done, [[late], []], [[late], []]).includes(7))
})

test('a process reads what its revision pins, and nothing else', t => {
  const records = journalOf(begun, done)
  const blobs = new Map([['a1', encodeCanonical({ left: 1 })]])
  const sees = (values: Record<string, number>) => {
    const snapshot = { group: 'web', revision: 1, digest: '', activation: 1, stale: false, values }
    const sightings = [{ atMs: 9, node: 'n1', process: 'a', life: 1, snapshot }]
    return checkValues(evidenceOf({ records, blobs, sightings })).map(({ promise }) => promise)
  }
  t.deepEqual(sees({ left: 1 }), [])
  t.deepEqual(sees({ left: 2 }), [2])
  t.deepEqual(sees({ left: 1, more: 1 }), [2])
})
