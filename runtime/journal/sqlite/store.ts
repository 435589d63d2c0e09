import { mkdir, rm } from 'node:fs/promises'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { JournalHead } from '../journal.ts'
import { type DataPaths, type JournalPaths, journalPaths } from '../journal-paths.ts'
import { GENESIS } from '../record-hash.ts'
import { syncDirectory } from '../sync-directory.ts'
import type { Connection } from './connection.ts'
import { HeadWitness, type Witnessed } from './head-witness.ts'
import { type JournalMeta, readMeta } from './meta.ts'
import { type DatabaseOptions, isThere, openDatabase } from './open-database.ts'
import { readHashAt, readLast } from './record-reader.ts'
import { digestIn } from './row.ts'
import { readSegments, type Segment } from './segments.ts'
import { spareLog } from './spare-log.ts'
import { Turns } from '../turns.ts'
import { drainWriteAheadLog, preallocateWriteAheadLog } from './write-ahead-log.ts'

export interface StoreOptions {
  /** Make the journal when there is none (default); otherwise that is `KONOR_JOURNAL_MISSING`. */
  readonly create?: boolean
  /** The database file does not grow beyond this: `KONOR_JOURNAL_FULL`. Default: no bound but the disk's. */
  readonly sizeBytesMax?: number
  readonly logger?: Logger
}

/** An open journal's insides, for its own modules: every use of the connection is inside a turn. */
export interface SqliteStore {
  readonly paths: JournalPaths
  readonly connection: Connection
  readonly turns: Turns
  readonly logger: Logger
  /** Undefined when the journal was opened for inspection: nothing may be written then. */
  readonly witness: HeadWitness | undefined
  /** What opening found wrong, when it was for inspection; otherwise that is thrown. */
  readonly openProblem: KonorError | undefined
  meta: JournalMeta
  head: JournalHead
  /** Archived segments in use, in rising order. */
  segments: readonly Segment[]
}

/** Opens the files of a journal and checks that nothing acknowledged is missing at its end. */
export async function openStore(dataDir: string, options: StoreOptions = {}): Promise<SqliteStore> {
  const paths = journalPaths(dataDir)
  const { create = true, logger = silentLogger, ...bounds } = options
  const witnessed = HeadWitness.read(paths.witness)
  const acknowledged = witnessed !== undefined && witnessed.seq > 0
  if (acknowledged && !(await isThere(paths.database))) {
    throw lost(`its database is gone, though record ${witnessed.seq} was acknowledged`, witnessed.seq)
  }
  if (create) await makeDirectories(dataDir, paths)
  const spare = await spareLog(paths)
  try {
    const store = await recoverStore(paths, witnessed, logger, { create: create && !acknowledged, ...bounds })
    if (spare !== undefined) await rm(spare)
    return store
  } catch (error) {
    if (spare !== undefined) {
      if (isKonorError(error, 'KONOR_JOURNAL_CORRUPT'))
        logger.error({ spare }, 'the log as the crash left it is kept')
      else await rm(spare)
    }
    throw error
  }
}

async function recoverStore(
  paths: DataPaths,
  witnessed: Witnessed | undefined,
  logger: Logger,
  options: DatabaseOptions,
): Promise<SqliteStore> {
  const connection = await openDatabase(paths.database, options)
  try {
    await drainWriteAheadLog(connection)
    const meta = await readMeta(connection)
    const segments = await readSegments(connection)
    const head = await readHead(connection, meta)
    await assertWitnessed(connection, head, witnessed)
    await preallocateWriteAheadLog(paths.writeAheadLog)
    const witness = HeadWitness.start(paths.witness, head)
    await syncDirectory(paths.directory)
    return {
      paths,
      connection,
      turns: new Turns(),
      logger,
      witness,
      openProblem: undefined,
      meta,
      head,
      segments,
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/**
 * Opens a journal or a backup, damaged or not, to be read only. Its witness is left as it is; what it lacks
 * of what was acknowledged is in `openProblem`.
 */
export async function inspectStore(
  paths: JournalPaths | DataPaths,
  logger: Logger = silentLogger,
): Promise<SqliteStore> {
  const connection = await openDatabase(paths.database, { create: false })
  try {
    await drainWriteAheadLog(connection)
    const meta = await readMeta(connection)
    const segments = await readSegments(connection)
    const head = await readHead(connection, meta)
    const openProblem = await witnessProblem(connection, head, paths)
    return {
      paths,
      connection,
      turns: new Turns(),
      logger,
      witness: undefined,
      openProblem,
      meta,
      head,
      segments,
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function witnessProblem(
  connection: Connection,
  head: JournalHead,
  paths: JournalPaths | DataPaths,
): Promise<KonorError | undefined> {
  if (!('witness' in paths)) return undefined
  try {
    await assertWitnessed(connection, head, HeadWitness.read(paths.witness))
    return undefined
  } catch (error) {
    if (isKonorError(error)) return error
    throw error
  }
}

export async function closeStore(store: SqliteStore): Promise<void> {
  // The witness goes last: until the database is closed, it is the one to say what was in its log.
  try {
    await store.connection.close()
  } finally {
    store.witness?.close()
  }
}

/** The head as the rows have it. A journal always keeps its last record as a row. */
export async function readHead(connection: Connection, meta: JournalMeta): Promise<JournalHead> {
  const last = await readLast(connection)
  if (last === undefined && meta.anchor.seq > 0) throw lost('it holds no record', meta.anchor.seq)
  const { seq, hash, timeline, epoch, timeMs } = last ?? GENESIS
  return { seq, hash, timeline: Math.max(timeline, meta.timeline), epoch, timeMs }
}

async function assertWitnessed(
  connection: Connection,
  head: JournalHead,
  witnessed: Witnessed | undefined,
): Promise<void> {
  if (witnessed === undefined) {
    if (head.seq > 0) throw lost('its head file is gone, so its end is in doubt', head.seq)
    return
  }
  if (witnessed.seq > head.seq) {
    throw lost(`it ends at record ${head.seq}, though record ${witnessed.seq} was acknowledged`, head.seq + 1)
  }
  if (witnessed.seq === 0) return
  const row = await readHashAt(connection, witnessed.seq)
  if (row === undefined || digestIn(row, 'hash') !== witnessed.hash) {
    throw lost(`record ${witnessed.seq} is not the one that was acknowledged`, witnessed.seq)
  }
}

async function makeDirectories(dataDir: string, paths: DataPaths): Promise<void> {
  await mkdir(paths.directory, { recursive: true, mode: 0o700 })
  await syncDirectory(dataDir)
}

function lost(what: string, seq: number): KonorError {
  return new KonorError('KONOR_JOURNAL_CORRUPT', `the journal is damaged: ${what}; restore a backup`, {
    details: { seq },
  })
}
