import test from 'ava'
import { checkLocks } from './check-locks.ts'
import { evidenceOf, journalOf, type Said, type Told } from './evidence.test.kit.ts'

const declare = (id: string, ...locks: string[]): Said => ['declare', { job: { id, locks } }]
const accepted = (job: string, kind = 'apply'): Told => ['job.accepted', { job, kind }]
const started = (job: string, group: string): Told => ['rollout.started', { job, group, revision: 1 }]
const ended = (job: string): Told => ['job.ended', { job }]
const judge = (...contents: (readonly [readonly Said[], readonly Told[]])[]) =>
  checkLocks(evidenceOf({ records: journalOf(...contents) })).map(({ promise }) => promise)

test('jobs that share a lock run one after the other, others beside one another', t => {
  const good = judge(
    [[declare('j1', 'group/a', 'group/b')], [accepted('j1'), started('j1', 'a')]],
    [[declare('j2', 'group/b')], [accepted('j2')]],
    [[declare('j3', 'group/c')], [accepted('j3'), started('j3', 'c')]],
    [[], [ended('j1'), started('j2', 'b')]],
  )
  t.deepEqual(good, [])
})

test('a job that begins while another has its lock, or before one that waits longer, is found', t => {
  const beside = judge(
    [[declare('j1', 'group/a')], [accepted('j1'), started('j1', 'a')]],
    [[declare('j2', 'group/a')], [accepted('j2'), started('j2', 'a')]],
  )
  t.deepEqual(beside, [9])
  const overtaken = judge(
    [[declare('j1', 'group/a')], [accepted('j1'), started('j1', 'a')]],
    [[declare('j2', 'group/a')], [accepted('j2')]],
    [[declare('j3', 'group/a')], [accepted('j3')]],
    [[], [ended('j1'), started('j3', 'a')]],
  )
  t.deepEqual(overtaken, [9])
})

test('a rollback begins with its acceptance, whoever rolls', t => {
  const rolling = [[declare('j1', 'group/a')], [accepted('j1'), started('j1', 'a')]] as const
  const begun = [[], [accepted('j2', 'rollback'), started('j2', 'a')]] as const
  t.deepEqual(judge(rolling, begun), [])
  t.deepEqual(judge(rolling, [[], [accepted('j2', 'rollback')]]), [9])
})

test('a job that begins in a group whose lock it did not ask for is found', t => {
  const begins = (group: string): Told[] => [accepted('j1'), started('j1', group)]
  t.deepEqual(judge([[declare('j1', 'group/a')], begins('a')]), [])
  t.deepEqual(judge([[declare('j1', 'group/a')], begins('b')]), [9])
})
