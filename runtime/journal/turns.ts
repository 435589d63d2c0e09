import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** Operations that may wait for the one connection; the next one is `KONOR_JOURNAL_BUSY`. */
export const OPERATIONS_WAITING_MAX = 4_096

/**
 * Lets operations have the connection one after another, in the order they came: a read between the
 * statements of a transaction would see what may yet be rolled back.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #closed = false

  /** Runs `work` when its turn comes. Its failure is the caller's alone. */
  take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed())
    if (this.#waiting >= OPERATIONS_WAITING_MAX) {
      return Promise.reject(
        new KonorError(
          'KONOR_JOURNAL_BUSY',
          `${OPERATIONS_WAITING_MAX} operations wait for the journal; try again later`,
        ),
      )
    }
    return this.#enqueue(work)
  }

  /** Runs `work` after everything that waits; nothing is taken from now on. Undefined when closed already. */
  close(work: () => Promise<void>): Promise<unknown> {
    if (this.#closed) return this.#last
    this.#closed = true
    return this.#enqueue(work)
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++
    const turn = this.#last.then(work).finally(() => {
      this.#waiting--
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

function closed(): KonorError {
  return new KonorError('KONOR_JOURNAL_CLOSED', 'the journal is closed; open it again')
}
