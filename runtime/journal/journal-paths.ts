import { dirname, join } from 'node:path'

/** Where the files of a journal are. */
export interface JournalPaths {
  readonly database: string
  /** SQLite's write-ahead log, beside the database while it is open or after a crash. */
  readonly writeAheadLog: string
  readonly segments: string
}

/** Where a journal lies within a data directory. */
export interface DataPaths extends JournalPaths {
  readonly directory: string
  /** What the last acknowledged append was; see `HeadWitness`. A backup has none: nobody appends to it. */
  readonly witness: string
}

export function journalPaths(dataDir: string): DataPaths {
  const directory = join(dataDir, 'journal')
  return {
    directory,
    database: join(directory, 'journal.db'),
    writeAheadLog: join(directory, 'journal.db-wal'),
    witness: join(directory, 'head'),
    segments: join(directory, 'segments'),
  }
}

/** The paths of a backup: one file, whose archived segments are within it, or else beside it. */
export function backupPaths(file: string): JournalPaths {
  return { database: file, writeAheadLog: `${file}-wal`, segments: join(dirname(file), 'segments') }
}
