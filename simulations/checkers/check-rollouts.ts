import type { Evidence, Violation } from './evidence.ts'

/**
 * Promise 9, as the journal shows it: a group rolls out one revision at a time, revisions only rise, and none is given
 * two contents.
 */
export function checkRollouts({ records }: Evidence): Violation[] {
  const rolling = new Map<string, { readonly revision: number; readonly job: string }>()
  const newest = new Map<string, number>()
  const digests = new Map<string, string>()
  const violations: Violation[] = []
  for (const { record, outputs } of records) {
    for (const { type, data } of outputs) {
      const [group, revision, job] = [String(data['group']), Number(data['revision']), String(data['job'])]
      if (type === 'rollout.started') {
        const other = rolling.get(group)
        if (other !== undefined && other.job !== job && isAlone(data))
          violations.push({
            promise: 9,
            what: `${group}@${revision} of job ${job} began in record ${record.seq} beside ${other.revision} of ${other.job}`,
          })
        if (revision <= (newest.get(group) ?? 0))
          violations.push({
            promise: 4,
            what: `${group} used revision ${revision} again in record ${record.seq}`,
          })
        newest.set(group, Math.max(revision, newest.get(group) ?? 0))
        rolling.set(group, { revision, job })
      } else if (type === 'group.committed') {
        const known = digests.get(`${group}@${revision}`) ?? String(data['digest'])
        digests.set(`${group}@${revision}`, known)
        if (known !== data['digest'])
          violations.push({ promise: 4, what: `${group}@${revision} has two contents` })
      } else if (type === 'job.ended') {
        for (const [name, one] of rolling) if (one.job === job) rolling.delete(name)
      }
    }
  }
  return violations
}

/** A rollback takes the place of what rolls: it is a control, and waits for nobody. */
function isAlone(data: Readonly<Record<string, unknown>>): boolean {
  return data['policy'] !== null
}
