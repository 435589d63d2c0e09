import test from 'ava'
import { checkRollouts } from './check-rollouts.ts'
import { evidenceOf, journalOf, type Told } from './evidence.test.kit.ts'

const started = (job: string, revision: number): Told => [
  'rollout.started',
  { job, group: 'web', revision, policy: 'p' },
]
const committed = (revision: number, digest: string): Told => [
  'group.committed',
  { group: 'web', revision, digest },
]
const ended = (job: string): Told => ['job.ended', { job }]
const judge = (...told: Told[]) =>
  checkRollouts(evidenceOf({ records: journalOf([[], told]) })).map(({ promise }) => promise)

test('one revision after the other, each with one content', t => {
  t.deepEqual(
    judge(started('j1', 1), committed(1, 'a'), ended('j1'), started('j2', 2), committed(2, 'b')),
    [],
  )
})

test('two jobs in one group, a revision used again, and one with two contents are found', t => {
  t.deepEqual(judge(started('j1', 1), started('j2', 2)), [9])
  t.deepEqual(judge(started('j1', 2), ended('j1'), started('j2', 2)), [4])
  t.deepEqual(judge(committed(1, 'a'), committed(1, 'b')), [4])
})
