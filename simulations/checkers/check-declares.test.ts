import test from 'ava'
import { checkDeclares } from './check-declares.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

const write = (id: string, path: string, base: number, rest: object = {}): Said => [
  'declare',
  { job: { id, kind: 'apply', locks: [], ...rest }, sets: [{ path, base, declare: { digest: `${id}` } }] },
]
const keyed = (id: string, key: string): Said => [
  'declare',
  { job: { id, kind: 'apply' }, sets: [], idempotency: { key, digest: 'x' } },
]
const accepted = (job: string): Told => ['job.accepted', { job, kind: 'apply' }]
const refused: Told = ['audit', { outcome: 'refused', code: 'KONOR_ENGINE_VERSION_MOVED' }]
const judge = (...contents: (readonly [readonly Said[], readonly Told[]])[]) =>
  checkDeclares(evidenceOf({ records: journalOf(...contents) })).map(({ promise }) => promise)

test('of two writes that were made from one version the first passes, and the second must not', t => {
  const first = [[write('j1', '/a', 0)], [accepted('j1')]] as const
  t.deepEqual(judge(first, [[write('j2', '/a', 0)], [refused]]), [])
  t.deepEqual(judge(first, [[write('j2', '/a', 0)], [accepted('j2')]]), [1])
  t.deepEqual(judge(first, [[write('j2', '/a', 1)], [accepted('j2')]]), [])
})

test('a write that was made from the head is not refused for its version', t => {
  t.deepEqual(judge([[write('j1', '/a', 0)], [refused]]), [1])
})

test('what a group layers is changed under its lock only', t => {
  const group = [[], [['group.declared', { group: 'web', sets: ['/a'] }]]] as const
  const locked = write('j1', '/a', 0, { locks: ['group/web'] })
  t.deepEqual(judge(group, [[locked], [accepted('j1')]]), [])
  t.deepEqual(judge(group, [[write('j1', '/a', 0)], [accepted('j1')]]), [9])
  t.deepEqual(judge(group, [[write('j1', '/b', 0)], [accepted('j1')]]), [])
  const gone = [[], [['group.deleted', { group: 'web' }]]] as const
  t.deepEqual(judge(group, gone, [[write('j1', '/a', 0)], [accepted('j1')]]), [])
})

test('one key is let through once', t => {
  const first = [[keyed('j1', 'k')], [accepted('j1')]] as const
  t.deepEqual(judge(first, [[keyed('j2', 'k')], []]), [])
  t.deepEqual(judge(first, [[keyed('j2', 'other')], [accepted('j2')]]), [])
  t.deepEqual(judge(first, [[keyed('j2', 'k')], [accepted('j2')]]), [7])
})

test('the same request again is never taken for another', t => {
  const answer = (refusal: string) => ({
    deed: { id: 'd1', atMs: 0, patience: 'asks-again', kind: 'drain', node: 'n1' } as const,
    askedAtMs: 0,
    answeredAtMs: 1,
    refusal,
  })
  const told = (refusal: string) => checkDeclares(evidenceOf({ answers: [answer(refusal)] })).length
  t.is(told('KONOR_ENGINE_VERSION_MOVED'), 0)
  t.is(told('KONOR_ENGINE_IDEMPOTENCY_REUSED'), 1)
  const twice = (jobs: (string | undefined)[], refusals: string[]) =>
    checkDeclares(evidenceOf({ repetitions: [{ deed: 'd1', jobs, refusals, other: undefined }] })).length
  t.is(twice(['j1', 'j1'], []), 0)
  t.is(twice(['j1', undefined], ['KONOR_CLI_UNREACHABLE']), 0)
  t.is(twice(['j1', undefined], ['KONOR_ENGINE_IDEMPOTENCY_REUSED']), 1)
})
