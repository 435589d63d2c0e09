import type { ReadRecord } from './evidence.ts'

type Outputs = Pick<ReadRecord, 'outputs'>

/** `GROUP@REVISION` of each revision that a record begins to roll out or commits. */
export function revisionsIn({ outputs }: Outputs): readonly string[] {
  return outputs.flatMap(({ type, data }) =>
    type === 'rollout.started' || type === 'group.committed'
      ? [`${String(data['group'])}@${String(data['revision'])}`]
      : [],
  )
}

/** Ids of the jobs that a record accepts. */
export function jobsIn({ outputs }: Outputs): readonly string[] {
  return outputs.flatMap(({ type, data }) => (type === 'job.accepted' ? [String(data['job'])] : []))
}
