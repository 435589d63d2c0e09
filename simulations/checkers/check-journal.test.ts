import test from 'ava'
import { checkJournal } from './check-journal.ts'
import { CLAIM, evidenceOf, journalOf } from './evidence.test.kit.ts'

const settled = (key: string, event: object) => ['effect', { key, event }] as const

test('a whole chain of one writer, with effects that come out once or the same again, is right', t => {
  const records = journalOf(CLAIM, [[settled('e1', { ok: 1 })], []], [[settled('e1', { ok: 1 })], []])
  t.deepEqual(checkJournal(evidenceOf({ records })), [])
})

test('an effect that comes out twice in different ways is found', t => {
  const records = journalOf(CLAIM, [[settled('e1', { ok: 1 })], []], [[settled('e1', { ok: 2 })], []])
  t.deepEqual(
    checkJournal(evidenceOf({ records })).map(({ promise }) => promise),
    [7],
  )
})

test('a record that is missing, and one that was changed, are found', t => {
  const records = journalOf(CLAIM, [[], []], [[], []])
  t.true(checkJournal(evidenceOf({ records: [...records.slice(0, 1), ...records.slice(2)] })).length > 0)
  const changed = records.map((one, index) =>
    index === 1 ? { ...one, record: { ...one.record, payload: new Uint8Array([0]) } } : one,
  )
  t.deepEqual(
    checkJournal(evidenceOf({ records: changed })).map(({ promise }) => promise),
    [12],
  )
})

test('an epoch that nobody claimed, and one that two claimed, are found', t => {
  t.true(checkJournal(evidenceOf({ records: journalOf([[], []]) })).some(({ promise }) => promise === 8))
  t.true(checkJournal(evidenceOf({ records: journalOf(CLAIM, CLAIM) })).some(({ promise }) => promise === 8))
})
