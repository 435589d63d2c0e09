import type { ReplayChecks } from './replay.ts'

/**
 * What a replay took on trust: it began at a checkpoint whose hash the chain names, and so has seen none of the records
 * below. Undefined when it began at the first.
 */
export function unverifiedRecords({ fromSeq }: Pick<ReplayChecks, 'fromSeq'>): string | undefined {
  return fromSeq === 0 ? undefined : `records 1 to ${fromSeq} not verified: --from-start`
}
