import type { Evidence, Violation } from './evidence.ts'
import { jobsIn } from './names-in-record.ts'

const ENDED = new Set(['succeeded', 'failed', 'cancelled'])

/**
 * Promises 1 and 11: what was accepted is there and ends, or is paused with its reason; each accepted job has one audit
 * record, in the very record that accepted it.
 */
export function checkJobs({ records, restores, answers, jobs }: Evidence): Violation[] {
  const violations: Violation[] = []
  const accepted = new Set<string>()
  const ended = new Map<string, number>()
  for (const { record, outputs } of records) {
    for (const { type, data } of outputs) {
      const job = String(data['job'])
      if (type === 'job.ended') ended.set(job, (ended.get(job) ?? 0) + 1)
      if (type !== 'job.accepted') continue
      if (accepted.has(job)) violations.push({ promise: 1, what: `job ${job} was accepted twice` })
      accepted.add(job)
      const audits = outputs.filter(
        one =>
          one.type === 'audit' && one.data['outcome'] === 'accepted' && detailOf(one.data)['job'] === job,
      )
      if (audits.length !== 1)
        violations.push({
          promise: 11,
          what: `job ${job} has ${audits.length} audit records in ${record.seq}`,
        })
    }
  }
  // What an operator chose to lose was accepted all the same.
  const lost = new Set(restores.flatMap(restore => restore.lost.flatMap(jobsIn)))
  for (const { deed, job } of answers)
    if (job !== undefined && !accepted.has(job) && !lost.has(job))
      violations.push({
        promise: 1,
        what: `${deed.id} was told that job ${job} is accepted: the journal has none`,
      })
  const paused = new Set(
    jobs.filter(job => job.state === 'paused' && job.reason !== undefined).map(({ id }) => id),
  )
  for (const job of accepted) {
    const times = ended.get(job) ?? 0
    if (times > 1) violations.push({ promise: 1, what: `job ${job} ended ${times} times` })
    if (times === 0 && !paused.has(job)) {
      const state = jobs.find(({ id }) => id === job)?.state ?? 'not to be found'
      violations.push({ promise: 1, what: `job ${job} never ends: it is ${state}` })
    }
  }
  for (const { id, state } of jobs)
    if (ENDED.has(state) !== ended.has(id))
      violations.push({
        promise: 1,
        what: `job ${id} is ${state}, and the journal ${ended.has(id) ? 'ended it' : 'did not'}`,
      })
  return violations
}

function detailOf(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return (data['detail'] ?? {}) as Readonly<Record<string, unknown>>
}
