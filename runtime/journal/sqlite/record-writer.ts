import type { JournalRecord } from '../journal.ts'
import { bindable, type Connection, type PreparedStatement, type SqlValue } from './connection.ts'
import { digestBytes } from './row.ts'

const COLUMNS = 9
const ABSENT_ROW: readonly null[] = Array.from({ length: COLUMNS }, () => null)

/**
 * Inserts any number of records with one statement, which outside of a transaction is one job of the thread
 * pool, one commit and one sync. Statements are compiled for powers of two, and a batch is padded with rows
 * that are dropped: so there are eleven of them at most, and none is compiled twice.
 */
export class RecordWriter {
  readonly #connection: Connection
  readonly #statements = new Map<number, PreparedStatement>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(records: readonly JournalRecord[]): Promise<void> {
    const rows = 2 ** Math.ceil(Math.log2(records.length))
    const statement = this.#statements.get(rows) ?? (await this.#prepare(rows))
    const values: SqlValue[] = []
    for (const record of records) {
      const { seq, id, timeline, epoch, timeMs, wallMs, payload, outputs, hash } = record
      values.push(
        seq,
        id,
        timeline,
        epoch,
        timeMs,
        wallMs,
        bindable(payload),
        bindable(outputs),
        digestBytes(hash),
      )
    }
    for (let row = records.length; row < rows; row++) values.push(...ABSENT_ROW)
    await statement.run(values)
  }

  async close(): Promise<void> {
    for (const statement of this.#statements.values()) await statement.finalize()
    this.#statements.clear()
  }

  async #prepare(rows: number): Promise<PreparedStatement> {
    const row = `(${ABSENT_ROW.map(() => '?').join(', ')})`
    const values = Array.from({ length: rows }, () => row).join(', ')
    const sql =
      rows === 1
        ? `INSERT INTO record VALUES ${values}`
        : `INSERT INTO record SELECT * FROM (VALUES ${values}) WHERE column1 IS NOT NULL`
    const statement = await this.#connection.prepare(sql)
    this.#statements.set(rows, statement)
    return statement
  }
}
