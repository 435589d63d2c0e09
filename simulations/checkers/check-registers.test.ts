import test from 'ava'
import { checkRegisters } from './check-registers.ts'
import { checkRepetitions } from './check-repetitions.ts'
import { evidenceOf } from './evidence.test.kit.ts'

const read = (key: string, at: number, value: string, version: number) =>
  ({ key, startedAt: at, endedAt: at + 1, did: { kind: 'read', value }, version }) as const
const write = (key: string, at: number, value: string) =>
  ({ key, startedAt: at, endedAt: at + 1, did: { kind: 'write', value } }) as const

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

test('one request becomes one job, and keeps others out of its key', t => {
  const judge = (jobs: (string | undefined)[], other: string | undefined) =>
    checkRepetitions(evidenceOf({ repetitions: [{ deed: 'd1', jobs, refusals: [], other }] })).length
  t.is(judge(['j1', 'j1'], 'KONOR_ENGINE_IDEMPOTENCY_REUSED'), 0)
  t.is(judge([undefined, undefined], undefined), 0)
  t.is(judge(['j1', 'j2'], 'KONOR_ENGINE_IDEMPOTENCY_REUSED'), 1)
  t.is(judge(['j1', undefined], undefined), 1)
})
