import test from 'ava'
import { checkAudit } from './check-audit.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

const asked: Said = ['declare', { idempotency: { key: 'k', digest: 'd' } }, 'key/a']
const audit: Told = ['audit', { actor: 'key/a', outcome: 'accepted' }]
const refused: Told = ['audit', { actor: 'key/a', outcome: 'refused' }]
const change: Told = ['configset.declared', {}]

test('one entry for each thing asked, none for a repetition, and again one for what was refused before', t => {
  const once = journalOf([[asked], [audit, change]], [[asked], []], [[['report', {}]], []])
  t.deepEqual(checkAudit(evidenceOf({ records: once })), [])
  const again = journalOf([[asked], [refused]], [[asked], [audit, change]])
  t.deepEqual(checkAudit(evidenceOf({ records: again })), [])
})

test('a change without an entry, with two, with a refused one, or in the name of who asked nothing is found', t => {
  const wrong = [
    journalOf([[asked], [change]]),
    journalOf([[asked], [audit, audit, change]]),
    journalOf([[asked], [refused, change]]),
    journalOf([[asked], [audit, change]], [[asked], [audit, change]]),
    journalOf([[], [audit]]),
  ]
  for (const records of wrong)
    t.true(checkAudit(evidenceOf({ records })).every(({ promise }) => promise === 11))
  for (const records of wrong) t.true(checkAudit(evidenceOf({ records })).length > 0)
})
