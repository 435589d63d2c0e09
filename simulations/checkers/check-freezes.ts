import type { Evidence, Violation } from './evidence.ts'

/**
 * Promise 2, as an admin sees it who says `freeze`: from that record to the thaw no rollout begins and no group goes.
 * What was begun goes on, and the way back stays open: a rollback and a restore need no leave.
 */
export function checkFreezes({ records }: Evidence): Violation[] {
  let frozenSeq: number | undefined
  return records.flatMap(({ record, outputs }) =>
    outputs.flatMap(({ type, data }) => {
      if (type === 'cluster.frozen') frozenSeq = record.seq
      else if (type === 'cluster.thawed') frozenSeq = undefined
      const isNew = (type === 'rollout.started' && data['policy'] !== '') || type === 'group.deleted'
      if (!isNew || frozenSeq === undefined) return []
      const what = `${type} of ${String(data['group'])} in record ${record.seq}`
      return [{ promise: 2, what: `${what}, frozen since record ${frozenSeq}` }]
    }),
  )
}
