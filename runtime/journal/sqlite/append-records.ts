import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { conflict } from '../check-append.ts'
import type { Blob, JournalHead, JournalRecord } from '../journal.ts'
import { insertBlobs } from './blobs.ts'
import type { Connection } from './connection.ts'
import type { RecordWriter } from './record-writer.ts'

/**
 * Writes records with the blobs that they name as one commit; resolves when it is synced. Records alone, the
 * way of nearly every input, are one statement and so one job of the thread pool.
 */
export async function appendRecords(
  connection: Connection,
  writer: RecordWriter,
  head: JournalHead,
  records: readonly JournalRecord[],
  blobs: readonly Blob[],
): Promise<void> {
  try {
    if (blobs.length === 0) {
      if (records.length > 0) await writer.insert(records)
      return
    }
    await connection.transaction(async () => {
      await insertBlobs(connection, blobs, records.at(-1)?.seq ?? head.seq + 1)
      if (records.length > 0) await writer.insert(records)
    })
  } catch (error) {
    throw appendError(error, head)
  }
}

function appendError(error: unknown, head: JournalHead): unknown {
  if (isKonorError(error, 'KONOR_JOURNAL_CONFLICT')) {
    // The one constraint that a checked append can meet is the index of record ids: a sequence beyond the
    // head that is there already is damage.
    const cause = error.cause instanceof Error ? error.cause.message : ''
    if (cause.includes('record.id')) return conflict('a record id is in the journal already', head, error)
    return new KonorError(
      'KONOR_JOURNAL_CORRUPT',
      'the journal is damaged: it holds a record beyond its head',
      {
        cause: error,
      },
    )
  }
  if (isKonorError(error, 'KONOR_JOURNAL_IO')) {
    // A failed write or sync may have left a whole commit in the log. After a full disk it cannot have: a
    // commit's last page is the one that seals it, and it is written last.
    return new KonorError(
      'KONOR_JOURNAL_AMBIGUOUS',
      'the disk failed under an append; look up its record ids before anything else is appended',
      { cause: error, details: { seq: head.seq } },
    )
  }
  return error
}
