import type { ReadRecord } from '../checkers/evidence.ts'

const JOB_ID = /(?:job[ /])?\b([0-9a-hjkmnp-tv-z]{26})\b/g

/** Gives jobs their names in texts: `job 1`, `job 2` …, in the order in which they were accepted. */
export function nameJobs(
  records: Pick<ReadRecord, 'outputs'>[] | readonly ReadRecord[],
): (text: string) => string {
  const names = new Map<string, string>()
  for (const { outputs } of records)
    for (const { type, data } of outputs)
      if (type === 'job.accepted') names.set(String(data['job']), `job ${names.size + 1}`)
  return text => text.replaceAll(JOB_ID, (whole, id: string) => names.get(id) ?? whole)
}
