import test from 'ava'
import fc from 'fast-check'
import type { JournalRecord } from '../../runtime/journal/journal.ts'
import { chainRecords, GENESIS } from '../../runtime/journal/record-hash.ts'
import { sealOfRecord } from './seal-of-record.ts'

const time = fc.oneof(
  fc.nat(),
  fc.maxSafeInteger().map(Math.abs),
  fc.double({ min: 1e-9, max: 2 ** 40, noNaN: true }),
  fc.integer({ min: 1, max: 4_095 }).map(eighths => eighths / 8),
)
const bytes = fc.uint8Array({ maxLength: 40 })
const draft = fc.record({
  id: fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
  timeline: fc.integer({ min: 1, max: 300 }),
  epoch: fc.nat(100_000),
  timeMs: time,
  wallMs: time,
  payload: bytes,
  outputs: bytes,
})

test('a stranger computes the hashes that the product writes', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(draft, { minLength: 1, maxLength: 3 }), drafts =>
        chainRecords(GENESIS, drafts).every(record => sealOfRecord(record) === record.hash),
      ),
    ),
  )
})

test('another member gives another hash', t => {
  const [record] = chainRecords(GENESIS, [
    {
      id: 'r1',
      timeline: 1,
      epoch: 1,
      timeMs: 5,
      wallMs: 6,
      payload: new Uint8Array([1]),
      outputs: new Uint8Array([2]),
    },
  ]) as [JournalRecord]
  const changes: Partial<JournalRecord>[] = [
    { id: 'r2' },
    { seq: 2 },
    { timeline: 2 },
    { epoch: 2 },
    { timeMs: 6 },
    { wallMs: 5 },
    { payload: new Uint8Array([2]) },
    { outputs: new Uint8Array([1]) },
  ]
  for (const change of changes) t.not(sealOfRecord({ ...record, ...change }), record.hash)
})
