import test from 'ava'
import { checkReports } from './check-reports.ts'
import { evidenceOf, journalOf, wireOf } from './evidence.test.kit.ts'

const groups = [{ group: 'web', progress: { revision: 2, phase: 'applied' } }]
const report = (node: string, seq: number, said: object[] = groups) =>
  [[['report', { node, seq, groups: said }] as const], []] as const
const named = wireOf(0, 'sent', ['central', 'm1'], { t: 'redeemed', name: 'n1' })
const sent = wireOf(500, 'sent', ['m1', 'central'], { t: 'report', seq: 7, groups })
const judge = (wire: (typeof sent)[], content: ReturnType<typeof report>) =>
  checkReports(evidenceOf({ wire, records: journalOf(content) })).length

test('what a node sent may be recorded', t => {
  t.is(judge([named, sent], report('n1', 7)), 0)
})

test('what nobody sent, another node sent, was sent later or was changed on the way is found', t => {
  t.is(judge([named], report('n1', 7)), 1)
  t.is(judge([named, { ...sent, from: 'm2' }], report('n1', 7)), 1)
  t.is(judge([named, { ...sent, atMs: 5_000 }], report('n1', 7)), 1)
  t.is(judge([named, sent], report('n1', 8)), 1)
  t.is(judge([named, sent], report('n1', 7, [{ ...groups[0], group: 'mail' }])), 1)
})
