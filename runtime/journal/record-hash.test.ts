import test from 'ava'
import { assert, constantFrom, integer, nat, property } from 'fast-check'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { JournalRecord } from './journal.ts'
import { chainRecords, GENESIS, linkProblem, recordHash } from './record-hash.ts'
import { sampleDraft, sampleDrafts } from './sample-records.test.kit.ts'

// Golden, and computed once more by another program in another language: a change of any of these makes every
// journal in the world unreadable. It would be a new format version.
const golden = [
  {
    draft: { id: '01J00000000000000000000000', timeline: 1, epoch: 1, timeMs: 0, wallMs: 1_700_000_000_000 },
    payload: [],
    outputs: [],
    hash: '465d3f82208c1ce3ec855cacf35395d61f262ca7414a3f3ef24d076a387dc527',
  },
  {
    draft: { id: 'é 漢', timeline: 1, epoch: 2, timeMs: 12.5, wallMs: 1_700_000_000_012 },
    payload: [{ type: 'DECLARED', path: '/teams/payments', entries: { 'rate-limit': 1000 } }],
    outputs: [{ type: 'JOB_ACCEPTED', job: 'job/1' }],
    hash: '53f4a09f077b20be5fd67454a2bee3fc218e822cc4beb41523c652a617a5153b',
  },
  {
    draft: { id: 'z', timeline: 3, epoch: 9, timeMs: 9_007_199_254_740_991, wallMs: 0.1 },
    payload: ['x'.repeat(100)],
    outputs: [null, true, -1],
    hash: '3dc28a9f7850c3a72e6be1d24f022e02f5a8b940ec1d6807c25483375eaad130',
  },
]

test('the hash chain of the golden records', t => {
  const drafts = golden.map(({ draft, payload, outputs }) => ({
    ...draft,
    payload: encodeCanonical(payload),
    outputs: encodeCanonical(outputs),
  }))
  const hashes: string[] = chainRecords(GENESIS, drafts).map(record => record.hash)
  t.deepEqual(
    hashes,
    golden.map(({ hash }) => hash),
  )
})

test('a chained record follows, and any change of it is seen', t => {
  const [first, second, third] = chainRecords(GENESIS, sampleDrafts(1, 3)) as [
    JournalRecord,
    JournalRecord,
    JournalRecord,
  ]
  t.is(linkProblem(GENESIS, first), undefined)
  t.is(linkProblem(first, second), undefined)
  t.regex(linkProblem(first, third) ?? '', /record 2 is missing/)
  t.regex(linkProblem(second, first) ?? '', /record 3 is missing/)
  const changes: Partial<JournalRecord>[] = [
    { id: 'other' },
    { timeline: 2 },
    { epoch: 2 },
    { timeMs: 2.25 },
    { wallMs: 5 },
    { payload: Uint8Array.of(1) },
    { outputs: Uint8Array.of(1) },
    { hash: first.hash },
  ]
  for (const change of changes)
    t.regex(linkProblem(first, { ...second, ...change }) ?? '', /not what its hash says/)
  t.regex(linkProblem(first, { ...second, prevHash: second.hash }) ?? '', /does not follow/)
})

test('what goes back is seen even when its hash is right', t => {
  const before = sampleDraft(1, { timeline: 2, epoch: 2, timeMs: 2 })
  for (const [field, words] of [
    ['timeline', /back to timeline/],
    ['epoch', /back to epoch/],
    ['timeMs', /back in journal time/],
  ] as const) {
    const [first, second] = chainRecords(GENESIS, [before, { ...before, id: 'b', [field]: 1 }])
    t.regex((first && second && linkProblem(first, second)) ?? '', words)
  }
})

test('every single bit of payload and outputs is covered by the hash', t => {
  const [record] = chainRecords(GENESIS, [sampleDraft(1)]) as [JournalRecord]
  const field = constantFrom<'payload' | 'outputs'>('payload', 'outputs')
  const everyBit = property(field, nat(), integer({ min: 0, max: 7 }), (field, at, bit) => {
    const bytes = record[field].slice()
    const index = at % bytes.length
    bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
    return recordHash({ ...record, [field]: bytes }) !== record.hash
  })
  t.notThrows(() => assert(everyBit))
})
