import type { Evidence, Violation } from './evidence.ts'
import { jobsIn } from './names-in-record.ts'

/**
 * Promise 7, for people: one request under one idempotency key becomes one job, however often it is sent; and what was
 * let through once keeps another request under its key out. Keys are forgotten with the records that a restore loses.
 */
export function checkRepetitions({ repetitions, restores }: Evidence): Violation[] {
  const lost = new Set(restores.flatMap(restore => restore.lost.flatMap(jobsIn)))
  return repetitions.flatMap(({ deed, jobs, other }) => {
    const all = [...new Set(jobs.filter(job => job !== undefined))]
    const made = all.filter(job => !lost.has(job))
    const violations: Violation[] = []
    if (made.length > 1)
      violations.push({ promise: 7, what: `${deed}, sent twice, became ${made.join(' and ')}` })
    if (made.length === all.length && made.length > 0 && other === undefined)
      violations.push({ promise: 7, what: `another request than ${deed} went through under its key` })
    return violations
  })
}
