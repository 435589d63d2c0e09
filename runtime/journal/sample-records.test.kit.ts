import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Blob, Journal, JournalHead, JournalRecord, RecordDraft } from './journal.ts'

/** A draft for tests and benchmarks that is told apart by `n` in every field that may differ. */
export function sampleDraft(n: number, differences: Partial<RecordDraft> = {}): RecordDraft {
  return {
    id: `record-${n}`,
    timeline: 1,
    epoch: 1,
    timeMs: n,
    wallMs: 1_700_000_000_000 + n,
    payload: encodeCanonical([{ type: 'SAMPLE', n }]),
    outputs: encodeCanonical([{ type: 'SAMPLED', n }]),
    ...differences,
  }
}

export function sampleDrafts(fromN: number, count: number): RecordDraft[] {
  return Array.from({ length: count }, (_, index) => sampleDraft(fromN + index))
}

/** A blob whose bytes are made from `n`. */
export function sampleBlob(n: number, sizeBytes = 1_000): Blob {
  const bytes = new Uint8Array(sizeBytes).fill(n)
  new DataView(bytes.buffer).setUint32(0, n)
  return { digest: digestOfBytes(bytes), bytes }
}

/** Appends `count` records, `batch` at a time, named on from the head's sequence. */
export async function fillJournal(journal: Journal, count: number, batch = 64): Promise<JournalHead> {
  let head = await journal.head()
  const lastSeq = head.seq + count
  while (head.seq < lastSeq) {
    const records = sampleDrafts(head.seq + 1, Math.min(batch, lastSeq - head.seq)).map(draft => ({
      ...draft,
      timeline: head.timeline,
    }))
    head = await journal.append({ expectedSeq: head.seq, records, blobs: [] })
  }
  return head
}

export async function readAll(journal: Journal, fromSeq = 1, toSeq?: number): Promise<JournalRecord[]> {
  const records: JournalRecord[] = []
  for await (const record of journal.read(fromSeq, toSeq)) records.push(record)
  return records
}
