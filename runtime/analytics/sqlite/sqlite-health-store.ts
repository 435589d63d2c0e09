import { chmod, rename, rm } from 'node:fs/promises'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import {
  Connection,
  type PreparedStatement,
  type SqlRow,
  type SqlValue,
} from '../../journal/sqlite/connection.ts'
import type { Logger } from '../../ports/logger.ts'
import { HEALTH_COLUMN_NAMES, type HealthMeasures } from '../health-columns.ts'
import {
  type HealthStore,
  type NodeMeasures,
  type Resolution,
  RESOLUTION_MS,
  RESOLUTIONS,
  type Retention,
  RETENTION_MS,
  ROWS_MAX,
  stretchOf,
} from '../health-store.ts'
import {
  countRows,
  createTables,
  HEALTH_APPLICATION_ID,
  HEALTH_FORMAT,
  insertRows,
  ROWS_PER_STATEMENT,
  rollUp,
  selectHistory,
  TABLE,
} from './health-sql.ts'

/** Pages of the write-ahead log after which a commit copies them into the file. */
const WAL_PAGES = 2_000
/** A row from so far ahead comes of a clock that was wrong. */
const AHEAD_MS_MAX = 86_400_000

export interface SqliteHealthStoreOptions {
  readonly file: string
  readonly logger: Logger
  readonly retention?: Retention
  readonly rowsMax?: number
  /** Told when a damaged file was moved aside. */
  onBegunAnew?(): void
}

/**
 * Opens the file, or makes it. What cannot be read is moved aside as `FILE.damaged` (the one before is replaced) and
 * begun anew, with a warning. Throws `KONOR_ANALYTICS_STORE` when not even that works.
 */
export async function openSqliteHealthStore(options: SqliteHealthStoreOptions): Promise<HealthStore> {
  const { file, logger } = options
  try {
    return new SqliteHealthStore(await openSound(file), options)
  } catch (err) {
    logger.warn({ err, file }, 'the history of health cannot be read: it is moved aside and begun anew')
  }
  try {
    for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
    await rename(file, `${file}.damaged`)
    options.onBegunAnew?.()
    return new SqliteHealthStore(await openSound(file), options)
  } catch (cause) {
    throw new KonorError(
      'KONOR_ANALYTICS_STORE',
      `${file} cannot be written: check the disk and permissions`,
      { cause },
    )
  }
}

class SqliteHealthStore implements HealthStore {
  readonly #connection: Connection
  readonly #options: SqliteHealthStoreOptions
  readonly #ids = new Map<string, number>()
  readonly #inserts = new Map<number, PreparedStatement>()
  #turn: Promise<void> = Promise.resolve()
  #rolledUpToMs = 0

  constructor(connection: Connection, options: SqliteHealthStoreOptions) {
    this.#connection = connection
    this.#options = options
  }

  write(atMs: number, rows: readonly NodeMeasures[]): Promise<void> {
    const written = this.#turn.then(() => this.#connection.transaction(() => this.#write(atMs, rows)))
    this.#turn = written.catch(() => this.#ids.clear())
    return written
  }

  async history(
    node: string,
    resolution: Resolution,
    { fromMs, toMs, limit }: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ) {
    const known = await this.#connection.get('SELECT id FROM node WHERE name = ?', [node])
    if (known === undefined) return []
    const lengthMs = RESOLUTION_MS[resolution]
    const lastMs = stretchOf(toMs - 1, resolution)
    const firstMs = Math.max(Math.ceil(fromMs / lengthMs) * lengthMs, lastMs - (limit - 1) * lengthMs)
    const wanted: number[] = []
    for (let atMs = firstMs; atMs <= lastMs; atMs += lengthMs) wanted.push(atMs / 1_000)
    const sql = selectHistory(resolution)
    const rows = await this.#connection.all(sql, [JSON.stringify(wanted), Number(known['id'])])
    return rows.map(row => ({ atMs: Number(row['at']) * 1_000, measures: measuresIn(row) }))
  }

  async close(): Promise<void> {
    await this.#turn
    for (const insert of this.#inserts.values()) await insert.finalize()
    await this.#connection.close()
  }

  async #write(atMs: number, rows: readonly NodeMeasures[]): Promise<void> {
    const at = stretchOf(atMs, '10s') / 1_000
    await this.#nameNodes(at, rows)
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      const part = rows.slice(from, from + ROWS_PER_STATEMENT)
      await (await this.#insert(part.length)).run(part.flatMap(row => this.#values(at, row)))
    }
    await this.#connection.run(countRows('10s'), [at, at + 1])
    const minuteMs = stretchOf(atMs, '1m')
    if (minuteMs === this.#rolledUpToMs) return
    await this.#rollUp('10s', '1m', minuteMs)
    await this.#rollUp('1m', '1h', stretchOf(atMs, '1h'))
    await this.#forget(atMs)
    this.#rolledUpToMs = minuteMs
  }

  /** Gives each node that has no number one; once a minute notes which ones are still there. */
  async #nameNodes(at: number, rows: readonly NodeMeasures[]): Promise<void> {
    const unknown = rows.filter(({ node }) => !this.#ids.has(node)).map(({ node }) => node)
    if (unknown.length === 0) return
    await this.#connection.run(
      'INSERT INTO node (name, last) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT (name) DO UPDATE SET last = excluded.last',
      [at, JSON.stringify(unknown)],
    )
    const ids = await this.#connection.all(
      'SELECT id, name FROM node WHERE name IN (SELECT value FROM json_each(?))',
      [JSON.stringify(unknown)],
    )
    for (const { id, name } of ids) this.#ids.set(String(name), Number(id))
  }

  #values(at: number, { node, measures }: NodeMeasures): SqlValue[] {
    const id = this.#ids.get(node) ?? null
    return [at, id, ...HEALTH_COLUMN_NAMES.map(name => rounded(measures[name]))]
  }

  /** Statements of one full length are kept; a rest is compiled for itself. */
  async #insert(rows: number): Promise<PreparedStatement> {
    const kept = this.#inserts.get(rows)
    if (kept !== undefined) return kept
    for (const [length, statement] of this.#inserts) {
      if (length === ROWS_PER_STATEMENT) continue
      this.#inserts.delete(length)
      await statement.finalize()
    }
    const prepared = await this.#connection.prepare(insertRows(rows))
    this.#inserts.set(rows, prepared)
    return prepared
  }

  /** What is complete before `untilMs` and not rolled up yet; a restart does the newest again, from all its rows. */
  async #rollUp(from: Resolution, to: Resolution, untilMs: number): Promise<void> {
    const newest = await this.#connection.get(`SELECT max(at) AS at FROM ${TABLE[to]} WHERE at < ?`, [
      untilMs / 1_000,
    ])
    const oldest = await this.#connection.get(`SELECT min(at) AS at FROM ${TABLE[from]}`)
    const begun = newest?.['at'] ?? oldest?.['at']
    if (begun === null || begun === undefined) return
    const fromS = stretchOf(Number(begun) * 1_000, to) / 1_000
    // The newest coarse row may lack its tail, but never its head: that was forgotten long after it was rolled up.
    if (Number(oldest?.['at'] ?? 0) > fromS && newest?.['at'] !== null) {
      return this.#rollUpRange(from, to, fromS + RESOLUTION_MS[to] / 1_000, untilMs / 1_000)
    }
    return this.#rollUpRange(from, to, fromS, untilMs / 1_000)
  }

  async #rollUpRange(from: Resolution, to: Resolution, fromS: number, untilS: number): Promise<void> {
    if (fromS >= untilS) return
    await this.#connection.run(rollUp(from, to), [fromS, untilS])
    await this.#connection.run(countRows(to), [fromS, untilS])
  }

  async #forget(nowMs: number): Promise<void> {
    const { retention = RETENTION_MS, rowsMax = ROWS_MAX } = this.#options
    for (const resolution of RESOLUTIONS) {
      const beforeS = (nowMs - retention[resolution]) / 1_000
      const bound = await this.#connection.get(
        `SELECT at FROM (SELECT at, sum(rows) OVER (ORDER BY at DESC) AS total FROM stretch WHERE resolution = ?)
         WHERE total > ? ORDER BY at DESC LIMIT 1`,
        [resolution, rowsMax],
      )
      const untilS = Math.max(beforeS, Number(bound?.['at'] ?? -1) + 1)
      const aheadS = (nowMs + AHEAD_MS_MAX) / 1_000
      await this.#connection.run(`DELETE FROM ${TABLE[resolution]} WHERE at < ? OR at > ?`, [untilS, aheadS])
      await this.#connection.run('DELETE FROM stretch WHERE resolution = ? AND (at < ? OR at > ?)', [
        resolution,
        untilS,
        aheadS,
      ])
    }
    await this.#forgetNodes(nowMs, Math.max(...Object.values(retention)))
  }

  /** Which nodes are there is noted anew each hour, when their numbers are asked for again. */
  async #forgetNodes(nowMs: number, retentionMs: number): Promise<void> {
    if (stretchOf(nowMs, '1h') === stretchOf(this.#rolledUpToMs, '1h')) return
    this.#ids.clear()
    await this.#connection.run('DELETE FROM node WHERE last < ?', [(nowMs - retentionMs) / 1_000 - 7_200])
  }
}

async function openSound(file: string): Promise<Connection> {
  const connection = await Connection.open(file, { create: true })
  try {
    await chmod(file, 0o600)
    await connection.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;')
    await connection.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${WAL_PAGES};`)
    const id = (await connection.get('PRAGMA application_id'))?.['application_id']
    const format = (await connection.get('PRAGMA user_version'))?.['user_version']
    const tables = await connection.all('SELECT name FROM sqlite_schema LIMIT 1')
    if (tables.length === 0) await connection.exec(`BEGIN; ${createTables()} COMMIT;`)
    else if (id !== HEALTH_APPLICATION_ID || format !== HEALTH_FORMAT)
      throw new KonorError('KONOR_ANALYTICS_STORE', `${file} holds something else`)
    // Looks at the first and last page of each table: all of a file of a gigabyte would hold up a start for minutes.
    for (const resolution of RESOLUTIONS)
      await connection.get(`SELECT min(at), max(at) FROM ${TABLE[resolution]}`)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

function measuresIn(row: SqlRow): HealthMeasures {
  const measures: HealthMeasures = {}
  for (const name of HEALTH_COLUMN_NAMES) {
    const value = row[name]
    if (typeof value === 'number') measures[name] = value
  }
  return measures
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value)
}
