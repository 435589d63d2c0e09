import { join } from 'node:path'

/** Where a journal lies within a data directory. */
export interface JournalPaths {
  readonly directory: string
  readonly database: string
  /** SQLite's write-ahead log, beside the database while it is open or after a crash. */
  readonly writeAheadLog: string
  /** What the last acknowledged append was; see `HeadWitness`. */
  readonly witness: string
  readonly segments: string
}

export function journalPaths(dataDir: string): JournalPaths {
  const directory = join(dataDir, 'journal')
  return {
    directory,
    database: join(directory, 'journal.db'),
    writeAheadLog: join(directory, 'journal.db-wal'),
    witness: join(directory, 'head'),
    segments: join(directory, 'segments'),
  }
}
