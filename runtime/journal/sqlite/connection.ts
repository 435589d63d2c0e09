import sqlite3 from 'sqlite3'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { journalError } from './journal-error.ts'

export type SqlValue = number | string | Uint8Array | null
export type SqlRow = Readonly<Record<string, unknown>>

/**
 * One connection of the npm client `sqlite3` with promises in place of callbacks. Each call is one job of the
 * thread pool. Every failure is a coded error of the journal with SQLite's own as its cause.
 */
export class Connection {
  readonly #database: sqlite3.Database

  private constructor(database: sqlite3.Database) {
    this.#database = database
  }

  /** Opens `file`, or creates it when `create` is set. Nothing is read from it yet. */
  static open(file: string, options: { readonly create: boolean }): Promise<Connection> {
    const mode = sqlite3.OPEN_READWRITE | sqlite3.OPEN_FULLMUTEX | (options.create ? sqlite3.OPEN_CREATE : 0)
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(file, mode, error => {
        if (error === null) resolve(new Connection(database))
        else reject(journalError(error, `open ${file}`))
      })
    })
  }

  /** How long a statement waits for another process's lock before it gives up. */
  setBusyTimeout(timeoutMs: number): void {
    this.#database.configure('busyTimeout', timeoutMs)
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.run(sql, values.map(bindable), error => settle(error, sql, resolve, reject))
    })
  }

  all(sql: string, values: readonly SqlValue[] = []): Promise<SqlRow[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<SqlRow>(sql, values.map(bindable), (error, rows) => {
        settle(error, sql, () => resolve(rows), reject)
      })
    })
  }

  async get(sql: string, values: readonly SqlValue[] = []): Promise<SqlRow | undefined> {
    const rows = await this.all(sql, values)
    return rows[0]
  }

  /** Several statements without parameters, one after another, as one job. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.exec(sql, error => settle(error, sql, resolve, reject))
    })
  }

  prepare(sql: string): Promise<PreparedStatement> {
    return new Promise((resolve, reject) => {
      const statement = this.#database.prepare(sql, error => {
        settle(error, sql, () => resolve(new PreparedStatement(statement, sql)), reject)
      })
    })
  }

  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.exec('BEGIN IMMEDIATE')
    try {
      const result = await work()
      await this.exec('COMMIT')
      return result
    } catch (error) {
      await this.#rollBack(error)
      throw error
    }
  }

  /** Begins to copy this database, as it is then and becomes meanwhile, into a new file. */
  startCopy(file: string): Promise<DatabaseCopy> {
    // The client has this method, its declarations do not.
    const source = this.#database as sqlite3.Database & CopySource
    return new Promise((resolve, reject) => {
      const copy = source.backup(file, error => {
        settle(error, `copy to ${file}`, () => resolve(new DatabaseCopy(copy)), reject)
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close(error => settle(error, 'close', resolve, reject))
    })
  }

  async #rollBack(cause: unknown): Promise<void> {
    try {
      await this.exec('ROLLBACK')
    } catch (error) {
      // SQLite rolls back by itself after a full disk or a failed write; then there is nothing left to roll back.
      const { message } = error instanceof Error ? error : new Error(String(error))
      if (message.includes('no transaction is active')) return
      throw new KonorError('KONOR_JOURNAL_IO', 'a failed transaction could not be rolled back; start again', {
        cause: new AggregateError([cause, error], message, { cause: error }),
      })
    }
  }
}

interface CopySource {
  backup(file: string, opened: (error: Error | null) => void): NativeCopy
}

interface NativeCopy {
  step(pages: number, stepped: (error: Error | null, done: boolean) => void): void
  finish(finished: () => void): void
}

/** A copy under way (SQLite's online backup). Pages that its source writes between two steps are carried over. */
export class DatabaseCopy {
  readonly #copy: NativeCopy

  constructor(copy: NativeCopy) {
    this.#copy = copy
  }

  /** Copies so many pages more; true when that was all. */
  step(pages: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#copy.step(pages, (error, done) => settle(error, 'copy', () => resolve(done), reject))
    })
  }

  finish(): Promise<void> {
    return new Promise(resolve => {
      this.#copy.finish(() => resolve())
    })
  }
}

/** A statement that is compiled once and run often. */
export class PreparedStatement {
  readonly #statement: sqlite3.Statement
  readonly #sql: string

  constructor(statement: sqlite3.Statement, sql: string) {
    this.#statement = statement
    this.#sql = sql
  }

  run(values: readonly SqlValue[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#statement.run(values, (error: Error | null) => settle(error, this.#sql, resolve, reject))
    })
  }

  all(values: readonly SqlValue[]): Promise<SqlRow[]> {
    return new Promise((resolve, reject) => {
      this.#statement.all<SqlRow>(values, (error: Error | null, rows: SqlRow[]) => {
        settle(error, this.#sql, () => resolve(rows), reject)
      })
    })
  }

  finalize(): Promise<void> {
    // The callback carries no error of its own: it repeats the last run's, which its caller has.
    return new Promise(resolve => {
      this.#statement.finalize(() => resolve())
    })
  }
}

/** The client tells a blob by its class: a plain Uint8Array is wrapped, without a copy. */
export function bindable(value: SqlValue): SqlValue {
  if (!(value instanceof Uint8Array) || Buffer.isBuffer(value)) return value
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

function settle(error: Error | null, sql: string, resolve: () => void, reject: (error: Error) => void): void {
  if (error === null) resolve()
  else reject(journalError(error, sql))
}
