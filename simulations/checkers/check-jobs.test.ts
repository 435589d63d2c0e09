import test from 'ava'
import type { Deed } from '../workload/deed.ts'
import { checkJobs } from './check-jobs.ts'
import { evidenceOf, journalOf, type Told } from './evidence.test.kit.ts'

const accepted = ['job.accepted', { job: 'j1' }] as const
const audit: Told = ['audit', { outcome: 'accepted', detail: { job: 'j1' } }]
const ended = ['job.ended', { job: 'j1' }] as const
const job = (state: string, reason?: string) => ({ id: 'j1', state, reason }) as never

test('a job that was accepted with its audit and ended is right; so is one that is paused and says why', t => {
  const whole = journalOf([[], [audit, accepted]], [[], [ended]])
  t.deepEqual(checkJobs(evidenceOf({ records: whole, jobs: [job('succeeded')] })), [])
  const paused = journalOf([[], [audit, accepted]])
  t.deepEqual(checkJobs(evidenceOf({ records: paused, jobs: [job('paused', 'by an admin')] })), [])
})

test('a job that never ends, ends twice, is accepted twice or without its audit is found', t => {
  const wrong = [
    { records: journalOf([[], [audit, accepted]]), jobs: [job('running')] },
    { records: journalOf([[], [audit, accepted]], [[], [ended, ended]]), jobs: [job('failed')] },
    { records: journalOf([[], [audit, accepted]], [[], [audit, accepted, ended]]), jobs: [job('failed')] },
    { records: journalOf([[], [accepted]], [[], [ended]]), jobs: [job('failed')] },
    { records: journalOf([[], [audit, audit, accepted]], [[], [ended]]), jobs: [job('failed')] },
    { records: journalOf([[], [audit, accepted]], [[], [ended]]), jobs: [job('running')] },
  ]
  for (const evidence of wrong) t.is(checkJobs(evidenceOf(evidence)).length > 0, true)
})

test('a job that an admin was told of and the journal has not is lost', t => {
  const deed = { id: 'd1' } as Deed
  const answers = [{ deed, askedAtMs: 0, answeredAtMs: 1, job: 'j9' }]
  t.deepEqual(
    checkJobs(evidenceOf({ answers })).map(({ promise }) => promise),
    [1],
  )
})

test('what an operator chose to lose was accepted all the same; nothing else is forgiven', t => {
  const deed = { id: 'd1' } as Deed
  const restores = [{ atMs: 9_000, keptMs: 500, keptSeq: 0, lost: journalOf([[], [audit, accepted]]) }]
  const judge = (told: string) =>
    checkJobs(evidenceOf({ restores, answers: [{ deed, askedAtMs: 0, answeredAtMs: 1, job: told }] })).length
  t.is(judge('j1'), 0)
  t.is(judge('j9'), 1)
})
