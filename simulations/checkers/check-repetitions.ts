import type { Evidence, Violation } from './evidence.ts'

/**
 * Promise 7, for people: one request under one idempotency key becomes one job, however often it is sent; and what was
 * let through once keeps another request under its key out.
 */
export function checkRepetitions({ repetitions }: Evidence): Violation[] {
  return repetitions.flatMap(({ deed, jobs, other }) => {
    const made = [...new Set(jobs.filter(job => job !== undefined))]
    const violations: Violation[] = []
    if (made.length > 1)
      violations.push({ promise: 7, what: `${deed}, sent twice, became ${made.join(' and ')}` })
    if (made.length > 0 && other === undefined)
      violations.push({ promise: 7, what: `another request than ${deed} went through under its key` })
    return violations
  })
}
