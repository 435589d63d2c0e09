import type { Evidence, ReadRecord } from './evidence.ts'

type Written = Pick<Evidence, 'records' | 'restores'>

/** From one restore that lost records to the next: the whole journal as it stood at the end of that time. */
export interface JournalAge {
  readonly fromMs: number
  readonly untilMs: number
  readonly records: readonly ReadRecord[]
}

/** The ages of a journal, the earliest first; one, where nothing was ever lost. */
export function journalAges({ records, restores }: Written): readonly JournalAge[] {
  const ages: JournalAge[] = []
  let [known, untilMs] = [records, Infinity]
  for (const { atMs, keptSeq, lost } of restores.toReversed()) {
    ages.unshift({ fromMs: atMs, untilMs, records: known })
    known = [...known.slice(0, keptSeq), ...lost]
    untilMs = atMs
  }
  return [{ fromMs: 0, untilMs, records: known }, ...ages]
}

/** All that was ever durable, in the order in which it became so: also what restores took away. */
export function everWritten({ records, restores }: Written): readonly ReadRecord[] {
  if (restores.length === 0) return records
  return [...records, ...restores.flatMap(({ lost }) => lost)].toSorted((a, b) => a.atMs - b.atMs)
}
