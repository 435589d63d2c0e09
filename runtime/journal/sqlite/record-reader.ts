import type { JournalRecord } from '../journal.ts'
import type { Connection, SqlRow } from './connection.ts'
import { bytesIn, digestIn, numberIn, textIn } from './row.ts'

/** Rows fetched at once. Those beyond `INLINE_BYTES_MAX` come without their bytes, to bound the memory of a page. */
export const PAGE_ROWS = 256
const INLINE_BYTES_MAX = 64 * 1024
/** How many of the newest records are searched one by one for an id that the index does not know. */
export const FIND_SCAN_MAX = 10_000

/** A record as its row has it: the hash of its predecessor stands in that one's row. */
export type StoredRecord = Omit<JournalRecord, 'prevHash'>

const INLINE = `length(payload) + length(outputs) <= ${INLINE_BYTES_MAX}`
const PAGE_SQL = `
  SELECT seq, id, timeline, epoch, time_ms, wall_ms, hash, ${INLINE} AS inline,
    CASE WHEN ${INLINE} THEN payload END AS payload,
    CASE WHEN ${INLINE} THEN outputs END AS outputs
  FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ${PAGE_ROWS}`

/** A page of rows, each to be given to `loadRecord`: so at most one large record is in memory. */
export function readPage(connection: Connection, fromSeq: number, toSeq: number): Promise<SqlRow[]> {
  return connection.all(PAGE_SQL, [fromSeq, toSeq])
}

/** Whether a page's row came with its bytes, so that loading it needs no further look into the database. */
export function isInline(row: SqlRow): boolean {
  return row['inline'] === 1
}

/** The record of a page's row, within the turn in which the page was read. */
export async function loadRecord(connection: Connection, row: SqlRow): Promise<StoredRecord> {
  if (isInline(row)) return recordIn(row)
  const large = await connection.get('SELECT payload, outputs FROM record WHERE seq = ?', [
    numberIn(row, 'seq'),
  ])
  return recordIn({ ...row, ...large })
}

/** The last row, or undefined when there is none. */
export async function readLast(connection: Connection): Promise<StoredRecord | undefined> {
  const row = await connection.get('SELECT * FROM record ORDER BY seq DESC LIMIT 1')
  return row && recordIn(row)
}

/** The row of one sequence, without its bytes. */
export async function readHashAt(connection: Connection, seq: number): Promise<SqlRow | undefined> {
  return connection.get('SELECT timeline, epoch, time_ms, hash FROM record WHERE seq = ?', [seq])
}

/**
 * The sequence of a record id. An index that lost an entry to damage would say "never written" of a record
 * that was, and its writer would write it twice: so a miss is believed only when the newest rows themselves
 * agree.
 */
export async function findRecord(connection: Connection, recordId: string): Promise<number | undefined> {
  const hit = await connection.get('SELECT seq, id FROM record WHERE id = ?', [recordId])
  if (hit !== undefined) return numberIn(hit, 'seq')
  const scanned = await connection.get(
    `SELECT seq FROM (SELECT seq, id FROM record NOT INDEXED ORDER BY seq DESC LIMIT ${FIND_SCAN_MAX}) WHERE id = ?`,
    [recordId],
  )
  return scanned && numberIn(scanned, 'seq')
}

/** The record of a row that has all its columns. */
export function recordIn(row: SqlRow): StoredRecord {
  return {
    seq: numberIn(row, 'seq'),
    id: textIn(row, 'id'),
    timeline: numberIn(row, 'timeline'),
    epoch: numberIn(row, 'epoch'),
    timeMs: numberIn(row, 'time_ms'),
    wallMs: numberIn(row, 'wall_ms'),
    payload: bytesIn(row, 'payload'),
    outputs: bytesIn(row, 'outputs'),
    hash: digestIn(row, 'hash'),
  }
}
