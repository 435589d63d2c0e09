import test from 'ava'
import type { FaultSpan } from '../faults/fault.ts'
import { checkJournalPort } from './check-journal-port.ts'
import { evidenceOf } from './evidence.test.kit.ts'

const failed = (code: string | undefined) => [{ atMs: 1_500, code, what: 'it says why' }]
const rot = {
  fault: { id: 'j1', atMs: 1_000, kind: 'journal-rot', target: 'hash', which: 0, bit: 0, forMs: 1_000 },
  fromMs: 1_000,
  toMs: 2_000,
} as const satisfies FaultSpan

test('a central that refuses a damaged journal, or one that another writes to, does right', t => {
  t.deepEqual(checkJournalPort(evidenceOf({ failures: failed('KONOR_JOURNAL_CORRUPT'), spans: [rot] })), [])
  t.deepEqual(checkJournalPort(evidenceOf({ failures: failed('KONOR_JOURNAL_CONFLICT') })), [])
})

test('a sound journal that is called damaged, damage that reached the fold, and an accident are found', t => {
  const found = (failures: ReturnType<typeof failed>, spans: readonly FaultSpan[]) =>
    checkJournalPort(evidenceOf({ failures, spans })).length
  t.is(found(failed('KONOR_JOURNAL_CORRUPT'), []), 1)
  t.is(found(failed('KONOR_JOURNAL_CORRUPT'), [{ ...rot, toMs: 1_400 }]), 1)
  t.is(found(failed('KONOR_KERNEL_DIVERGED'), [rot]), 1)
  t.is(found(failed(undefined), [rot]), 1)
  const complaints = [{ atMs: 5, promise: 8, what: 'the journal took it' }]
  t.deepEqual(
    checkJournalPort(evidenceOf({ complaints })).map(({ promise }) => promise),
    [8],
  )
})
