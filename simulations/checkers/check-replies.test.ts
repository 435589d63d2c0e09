import test from 'ava'
import { checkReplies } from './check-replies.ts'
import { evidenceOf, journalOf, wireOf } from './evidence.test.kit.ts'

const records = journalOf([
  [],
  [
    ['job.accepted', { job: 'j1' }],
    ['rollout.started', { group: 'web', revision: 1 }],
  ],
])
const writtenMs = 1_000

test('what a central says is durable by then', t => {
  const answers = (job: string, atMs: number) =>
    checkReplies(evidenceOf({ records, replies: [{ atMs, job }] })).length
  t.is(answers('j1', writtenMs), 0)
  t.is(answers('j1', writtenMs - 1), 1)
  t.is(answers('j2', writtenMs), 1)
})

test('so is what agents are asked to take', t => {
  const asks = (revision: number, atMs: number) => {
    const desire = { group: 'web', candidate: { revision }, committed: null }
    const wire = [wireOf(atMs, 'sent', ['central', 'n1'], { t: 'desire', desire })]
    return checkReplies(evidenceOf({ records, wire })).length
  }
  t.is(asks(1, writtenMs), 0)
  t.is(asks(1, writtenMs - 1), 1)
  t.is(asks(2, writtenMs), 1)
})

test('what a restore took away is not spoken of any more', t => {
  const restores = [{ atMs: 5_000, keptMs: 500, keptSeq: 0, lost: records }]
  const answers = (atMs: number) =>
    checkReplies(evidenceOf({ restores, replies: [{ atMs, job: 'j1' }] })).length
  t.is(answers(writtenMs), 0)
  t.is(answers(writtenMs - 1), 1)
  t.is(answers(5_001), 1)
})
