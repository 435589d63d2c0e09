import test from 'ava'
import { checkOutcasts } from './check-outcasts.ts'
import { evidenceOf, journalOf } from './evidence.test.kit.ts'

const stands: object[] = []
const central = { name: 'central', machine: 'central', fromMs: 0, toMs: undefined, end: undefined, stands }
const sent = (atMs: number, t: string, body: object = {}, by: object = central, link = 1) =>
  ({ atMs, what: 'sent', by, link, t, body }) as never
const welcome = (atMs: number, link = 1) =>
  sent(atMs, 'welcome', { node: 'n1', timeline: 1, epoch: 1 }, central, link)
// Records of the kit are a second apart.
const records = journalOf([[], []], [[], [['node.removed', { node: 'n1' }]]])
const at = records[1]?.atMs ?? 0
const judge = (...links: never[]) => checkOutcasts(evidenceOf({ links, records })).length

test('a node that was removed is not spoken to on the link that it had', t => {
  t.is(judge(welcome(at - 500), sent(at + 100, 'refused'), sent(at + 10, 'desire')), 0)
  t.is(judge(welcome(at - 500), sent(at + 2_000, 'pong')), 1)
  t.is(judge(welcome(at + 1), sent(at + 9_000, 'pong')), 0, 'another one of that name')
  t.is(judge(welcome(at - 500, 2), sent(at + 9_000, 'pong')), 0, 'another link')
  const slow = { ...central, stands: [{ fromMs: at + 1, toMs: at + 5_000 }] }
  t.is(judge(welcome(at - 500), sent(at + 6_000, 'pong', {}, slow)), 0)
})
