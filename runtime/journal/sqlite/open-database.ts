import { stat } from 'node:fs/promises'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { Connection } from './connection.ts'
import { NEW_META, writeMeta } from './meta.ts'
import { numberIn, textIn } from './row.ts'
import { APPLICATION_ID, FORMAT_VERSION, SCHEMA } from './schema.ts'

export const PAGE_BYTES = 4096
/** Pages of the write-ahead log after which a commit also copies them into the database file. */
export const WAL_PAGES = 1_000
/** Two processes that start at once each hold a shared lock for a moment; one of them must outlast it. */
const BUSY_TIMEOUT_MS = 200

export interface DatabaseOptions {
  /** Make the database when there is none; otherwise that is `KONOR_JOURNAL_MISSING`. */
  readonly create: boolean
  /** Beyond this the file does not grow: `KONOR_JOURNAL_FULL`. Default: as far as its file system allows. */
  readonly sizeBytesMax?: number
}

/**
 * Opens a journal's database as its only user, in any process, until it is closed; another one is
 * `KONOR_JOURNAL_LOCKED`. Tells a journal from a foreign file before it changes anything.
 */
export async function openDatabase(file: string, options: DatabaseOptions): Promise<Connection> {
  if (!options.create && !(await isThere(file))) {
    throw new KonorError('KONOR_JOURNAL_MISSING', `there is no journal at ${file}`)
  }
  const connection = await Connection.open(file, { create: options.create })
  try {
    connection.setBusyTimeout(BUSY_TIMEOUT_MS)
    await connection.exec('PRAGMA locking_mode = EXCLUSIVE')
    const isNew = await identify(connection, file)
    if (isNew && !options.create) {
      throw new KonorError(
        'KONOR_JOURNAL_CORRUPT',
        `${file} is empty, though a journal was there; restore a backup`,
      )
    }
    await setPragmas(connection, options)
    if (isNew) await createTables(connection)
    await assertSchema(connection)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Whether the file is empty still. Throws unless it is that, or a journal of a format that we know. */
async function identify(connection: Connection, file: string): Promise<boolean> {
  const applicationId = await pragma(connection, 'application_id')
  const formatVersion = await pragma(connection, 'user_version')
  if (applicationId === 0 && formatVersion === 0) {
    const tables = await connection.all('SELECT name FROM sqlite_schema LIMIT 1')
    if (tables.length === 0) return true
  }
  if (applicationId !== APPLICATION_ID) throw foreign(file, 'it is a database of another program')
  if (formatVersion > FORMAT_VERSION) {
    throw new KonorError(
      'KONOR_JOURNAL_NEWER_FORMAT',
      `${file} has format ${formatVersion}; this version knows ${FORMAT_VERSION}`,
    )
  }
  if (formatVersion < 1) throw foreign(file, 'it names no format')
  return false
}

async function setPragmas(connection: Connection, { sizeBytesMax }: DatabaseOptions): Promise<void> {
  await connection.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
  const mode = await connection.get('PRAGMA journal_mode = WAL')
  if (mode === undefined || textIn(mode, 'journal_mode') !== 'wal') {
    throw new KonorError(
      'KONOR_JOURNAL_IO',
      'the file system of the journal does not allow a write-ahead log',
    )
  }
  await connection.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${WAL_PAGES};
    PRAGMA temp_store = MEMORY;
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
  `)
  if (sizeBytesMax !== undefined) {
    await connection.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(sizeBytesMax / PAGE_BYTES))}`)
  }
}

async function createTables(connection: Connection): Promise<void> {
  await connection.transaction(async () => {
    for (const sql of Object.values(SCHEMA)) await connection.exec(sql)
    await writeMeta(connection, NEW_META)
    await connection.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`,
    )
  })
}

/** The header and the schema hold what we wrote: a flipped bit there would make SQLite misread sound pages. */
async function assertSchema(connection: Connection): Promise<void> {
  const rows = await connection.all('SELECT name, sql FROM sqlite_schema')
  const found = new Map(rows.map(row => [textIn(row, 'name'), textIn(row, 'sql')]))
  const names = Object.keys(SCHEMA)
  const same = found.size === names.length && names.every(name => found.get(name) === SCHEMA[name])
  const vacuum = await pragma(connection, 'auto_vacuum')
  const pageBytes = await pragma(connection, 'page_size')
  if (same && vacuum === 0 && pageBytes === PAGE_BYTES) return
  throw new KonorError(
    'KONOR_JOURNAL_CORRUPT',
    'the journal is damaged: its schema is not the one it was made with',
  )
}

async function pragma(connection: Connection, name: string): Promise<number> {
  const row = await connection.get(`PRAGMA ${name}`)
  return row === undefined ? 0 : numberIn(row, name)
}

function foreign(file: string, why: string): KonorError {
  return new KonorError('KONOR_JOURNAL_FOREIGN', `${file} is not a journal: ${why}`)
}

export async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
