import test from 'ava'
import { checkRegisters } from './check-registers.ts'
import { checkRepetitions } from './check-repetitions.ts'
import { evidenceOf, journalOf } from './evidence.test.kit.ts'

const during = (at: number) => ({ startedAt: at, endedAt: at + 1, fromMs: at * 10, toMs: at * 10 + 5 })
const read = (key: string, at: number, value: string, version: number) =>
  ({ key, ...during(at), did: { kind: 'read', value }, version }) as const
const write = (key: string, at: number, value: string) =>
  ({ key, ...during(at), did: { kind: 'write', value } }) as const
const swap = (key: string, at: number, expected: string | null, value: string) =>
  ({ key, ...during(at), did: { kind: 'swap', expected, value, isDone: true } }) as const

test('keys are judged each by itself', t => {
  const operations = [write('a', 1, 'x'), write('b', 3, 'y'), read('a', 5, 'x', 1), read('b', 7, 'y', 2)]
  t.deepEqual(checkRegisters(evidenceOf({ operations })), [])
})

test('a stale read, and a version with two values, are found', t => {
  const stale = [write('a', 1, 'x'), write('a', 3, 'y'), read('a', 5, 'x', 1)]
  t.is(checkRegisters(evidenceOf({ operations: stale })).length, 1)
  const twice = [write('a', 1, 'x'), read('a', 3, 'x', 1), write('a', 5, 'y'), read('a', 7, 'y', 1)]
  t.is(checkRegisters(evidenceOf({ operations: twice })).length, 1)
})

test('what a restore took away is not read any more; nothing that nobody wrote is', t => {
  const restores = [{ atMs: 30, keptMs: 5, keptSeq: 0, lost: [] }]
  const lost = [swap('a', 1, null, 'x'), read('a', 4, 'none', 0)].map(one =>
    one.did.kind === 'read' ? { ...one, did: { kind: 'read', value: null } as const } : one,
  )
  t.is(checkRegisters(evidenceOf({ operations: lost })).length, 1)
  t.deepEqual(checkRegisters(evidenceOf({ operations: lost, restores })), [])
  const strange = [swap('a', 1, null, 'x'), read('a', 4, 'z', 3)]
  t.is(checkRegisters(evidenceOf({ operations: strange, restores })).length, 1)
  const stale = [swap('a', 1, null, 'x'), swap('a', 4, null, 'y'), read('a', 6, 'x', 1)]
  t.is(checkRegisters(evidenceOf({ operations: stale, restores })).length, 1)
})

test('one request becomes one job, and keeps others out of its key', t => {
  const judge = (jobs: (string | undefined)[], other: string | undefined) =>
    checkRepetitions(evidenceOf({ repetitions: [{ deed: 'd1', jobs, refusals: [], other }] })).length
  t.is(judge(['j1', 'j1'], 'KONOR_ENGINE_IDEMPOTENCY_REUSED'), 0)
  t.is(judge([undefined, undefined], undefined), 0)
  t.is(judge(['j1', 'j2'], 'KONOR_ENGINE_IDEMPOTENCY_REUSED'), 1)
  t.is(judge(['j1', undefined], undefined), 1)
})

test('a request whose job a restore took away may become another one; two that are there may not', t => {
  const lost = journalOf([[], [['job.accepted', { job: 'j1' }]]])
  const restores = [{ atMs: 30, keptMs: 5, keptSeq: 0, lost }]
  const judge = (jobs: string[], other: string | undefined) =>
    checkRepetitions(evidenceOf({ restores, repetitions: [{ deed: 'd1', jobs, refusals: [], other }] }))
      .length
  t.is(judge(['j1', 'j2'], 'KONOR_ENGINE_IDEMPOTENCY_REUSED'), 0)
  t.is(judge(['j1', 'j1'], undefined), 0)
  t.is(judge(['j2', 'j3'], 'KONOR_ENGINE_IDEMPOTENCY_REUSED'), 1)
  t.is(judge(['j2', 'j2'], undefined), 1)
})
