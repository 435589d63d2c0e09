import type { ErrorCode } from '../../../actors/vocabulary/errors/index.ts'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

const STATEMENT_CHARS_SHOWN = 80

const codes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  SQLITE_BUSY: ['KONOR_JOURNAL_LOCKED', 'another process holds the journal; stop it first'],
  SQLITE_LOCKED: ['KONOR_JOURNAL_LOCKED', 'another process holds the journal; stop it first'],
  SQLITE_FULL: ['KONOR_JOURNAL_FULL', 'no space is left for the journal; free some and try again'],
  SQLITE_NOTADB: ['KONOR_JOURNAL_FOREIGN', 'the file is not a journal, or its first page is damaged'],
  SQLITE_CORRUPT: ['KONOR_JOURNAL_CORRUPT', 'the journal is damaged; restore a backup'],
  // Our statements are constant: one that does not fit the file means that the file's schema was damaged.
  SQLITE_ERROR: ['KONOR_JOURNAL_CORRUPT', 'the journal does not have the tables that it should have'],
  SQLITE_CONSTRAINT: ['KONOR_JOURNAL_CONFLICT', 'the record is in the journal already'],
  SQLITE_MISMATCH: ['KONOR_JOURNAL_CORRUPT', 'the journal does not have the columns that it should have'],
  SQLITE_TOOBIG: ['KONOR_JOURNAL_CORRUPT', 'the journal names a value that is larger than any may be'],
  SQLITE_NOMEM: ['KONOR_JOURNAL_IO', 'there is not enough memory to read or write the journal'],
}

/** A failure of SQLite as an error of the journal, its cause kept. What is not known by name is the disk's fault. */
export function journalError(cause: Error, doing: string): KonorError {
  const sqliteCode = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'SQLITE_IOERR'
  const [code, advice] = codes[sqliteCode] ?? [
    'KONOR_JOURNAL_IO',
    'the disk refused; check it and the kernel log',
  ]
  const statement = doing.length > STATEMENT_CHARS_SHOWN ? `${doing.slice(0, STATEMENT_CHARS_SHOWN)}…` : doing
  return new KonorError(code, `${advice} (${cause.message})`, { cause, details: { sqliteCode, statement } })
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Whether a file operation failed for want of space: of the disk, of a quota, or of a limit on file sizes. */
export function isOutOfSpace(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && fullCodes.has(error.code)
  )
}

/** Runs `work`; a failure of the file system becomes a coded error of the journal. */
export async function withCodedErrors<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isKonorError(cause) || !(cause instanceof Error) || !('syscall' in cause)) throw cause
    const code = isOutOfSpace(cause) ? 'KONOR_JOURNAL_FULL' : 'KONOR_JOURNAL_IO'
    throw new KonorError(code, `cannot ${doing}: ${cause.message}`, { cause })
  }
}
