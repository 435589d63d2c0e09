import test from 'ava'
import { checkDeadlines } from './check-deadlines.ts'
import { evidenceOf, journalOf, type Said } from './evidence.test.kit.ts'
import type { ReadRecord } from './evidence.ts'

const life = { name: 'central', machine: 'central', fromMs: 0, toMs: undefined, end: undefined, stands: [] }
const timer: Said = ['timer', { address: 'rollout/web/1', timer: 'stage' }]
const span = (dueMs: number, toSeq?: number) => ({
  life,
  address: 'rollout/web/1',
  timer: 'stage',
  dueMs,
  fromSeq: 1,
  toSeq,
})
const none = { deadlines: [], overdue: [], troubles: [] }

test('a deadline comes at its time, not before', t => {
  // The journal of the kit ticks by seconds: the second record is at 2,000 ms.
  const records = journalOf([[], []], [[timer], []])
  const told = (dueMs: number) =>
    checkDeadlines(evidenceOf({ records, waits: { ...none, deadlines: [span(dueMs, 2)] } })).length
  t.is(told(1_900), 0)
  t.is(told(2_001), 1)
})

test('a new leader listens for one detection bound first', t => {
  const [read] = journalOf([[timer], []])
  const listens = (monotonicMs: number) => {
    const drafted = { life, monotonicMs, lifeMonotonicMs: 0 }
    return checkDeadlines(evidenceOf({ records: [{ ...read, drafted } as ReadRecord] })).length
  }
  t.is(listens(18_000), 0)
  t.is(listens(17_000), 1)
})

test('who is past its time is told of it soon, while nothing is in the way', t => {
  const late = (byMs: number, atMs: number, fields: Partial<typeof none> & { stands?: object[] } = {}) => {
    const { stands = [], ...waits } = fields
    const deadline = { ...span(0), life: { ...life, stands } as typeof life }
    const troubles = (waits.troubles ?? []).map((trouble: object) => ({ ...trouble, life: deadline.life }))
    const overdue = [{ atMs, deadline, byMs }]
    return checkDeadlines(evidenceOf({ waits: { ...none, overdue, troubles } as never })).length
  }
  t.is(late(3_000, 100_000), 0)
  t.is(late(5_000, 100_000), 1)
  t.is(late(5_000, 10_000), 0, 'the leader still listens')
  t.is(late(5_000, 100_000, { stands: [{ fromMs: 90_000, toMs: 99_000 }] }), 0)
  t.is(late(5_000, 100_000, { stands: [{ fromMs: 80_000, toMs: 90_000 }] }), 1)
  t.is(late(5_000, 100_000, { troubles: [{ fromMs: 98_000, toMs: 98_001 }] as never }), 0)
  t.is(late(5_000, 100_000, { troubles: [{ fromMs: 80_000, toMs: 80_001 }] as never }), 1)
})
