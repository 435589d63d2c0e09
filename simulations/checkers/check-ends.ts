import { type AskedJob, askedIn } from './declared-model.ts'
import type { Evidence, Violation } from './evidence.ts'

interface Followed {
  readonly job: AskedJob
  hasBegun: boolean
}

/**
 * Promise 1: how jobs end. One that is cancelled before it began anything ends in that very record and never begins;
 * one that wanted all or nothing leaves no group committed when it fails. And nobody is obeyed who may do nothing.
 */
export function checkEnds({ records }: Evidence): Violation[] {
  const open = new Map<string, Followed>()
  return records.flatMap(read => {
    const { record, inputs, outputs } = read
    const violations: Violation[] = []
    for (const { job, isAccepted } of askedIn(read))
      if (isAccepted) open.set(job.id, { job, hasBegun: job.kind === 'rollback' })
    for (const { route, by, body } of inputs) {
      if (by === STRANGER && outputs.some(({ data }) => data['outcome'] === 'accepted'))
        violations.push({ promise: 11, what: `record ${record.seq} obeys ${by}, who may do nothing` })
      const id = String(body['job'])
      const isCancelled = route === 'cancel' && open.get(id)?.hasBegun === false
      if (isCancelled && !outputs.some(({ data }) => data['job'] === id && data['state'] === 'cancelled'))
        violations.push({ promise: 1, what: `job ${id} goes on, cancelled in record ${record.seq}` })
    }
    for (const { type, data } of outputs) {
      const followed = open.get(String(data['job']))
      if (followed === undefined) continue
      if (type === 'rollout.started') followed.hasBegun = true
      if (type !== 'job.ended') continue
      open.delete(followed.job.id)
      const groups = data['groups'] as unknown as readonly Ended[]
      const kept = groups.filter(({ outcome }) => outcome === 'committed').map(({ group }) => group)
      if (followed.job.onFailure === 'rollback-all' && data['state'] === 'failed' && kept.length > 0)
        violations.push({
          promise: 1,
          what: `job ${followed.job.id} wanted all or nothing, failed, and left ${kept.join(', ')}`,
        })
    }
    return violations
  })
}

const STRANGER = 'key/stranger'

interface Ended {
  readonly group: string
  readonly outcome: string
}
