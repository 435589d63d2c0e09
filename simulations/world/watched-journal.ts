import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, Journal, JournalHead, JournalRecord } from '../../runtime/journal/journal.ts'
import { type JournalBook, sha256 } from './journal-book.ts'

/** Refusals that say that a request could not be taken as it was. */
const REFUSALS = ['KONOR_JOURNAL_CONFLICT', 'KONOR_JOURNAL_INVALID', 'KONOR_JOURNAL_TOO_LARGE'] as const

export interface JournalWatch {
  readonly book: JournalBook
  /** Records that are there now. */
  count(): number
  /** The disk below lies on purpose: damage may be refused then, but never given. */
  isRotten(): boolean
  /**
   * Sequence of the last record that the disk below shows. One that lost its last record is one shorter: who reads it
   * cannot know, and who knows how far the journal went must.
   */
  shownSeq(): number
  complain(promise: number, what: string): void
}

/**
 * A journal, and beside it somebody who compares whatever it takes and gives with a book of his own: no record is taken
 * that does not follow, none refused that does, and what is read is what was written.
 */
export function watchJournal(journal: Journal, watch: JournalWatch): Journal {
  const { book, isRotten } = watch
  const complain = (what: string | undefined, promise = 12): void => {
    if (what !== undefined) watch.complain(promise, what)
  }
  return {
    async head(): Promise<JournalHead> {
      const head = await journal.head()
      complain(book.headProblem(head))
      return head
    },
    async append(request: AppendRequest): Promise<JournalHead> {
      const objection = book.objection(request)
      const before = watch.count()
      const pending = journal.append(request)
      // Booked in the turn in which it happens: another writer may come before its own hears of it.
      const isTaken = watch.count() > before
      if (isTaken) book.appended(request)
      if (isTaken && objection !== undefined) complain(`the journal took ${objection}`, 8)
      try {
        const head = await pending
        if (!isTaken && request.records.length > 0) complain('an append is done, and nothing is there', 1)
        return head
      } catch (error) {
        if (isTaken || (objection === undefined && REFUSALS.some(code => isKonorError(error, code))))
          complain(`the journal refused an append that ${isTaken ? 'it took' : 'follows'}: ${String(error)}`)
        throw error
      }
    },
    async *read(fromSeq: number, toSeq?: number): AsyncGenerator<JournalRecord> {
      const lastSeq = Math.min(toSeq ?? book.lastSeq, book.lastSeq, watch.shownSeq())
      let next = Math.max(1, fromSeq)
      for await (const record of journal.read(fromSeq, toSeq)) {
        complain(book.readProblem(next++, record))
        yield record
      }
      if (next <= lastSeq) complain(`a read from ${fromSeq} to ${lastSeq} ended before ${next}`)
    },
    async find(id: string): Promise<number | undefined> {
      const found = await journal.find(id)
      const seq = book.seqOf(id)
      if (found !== seq) complain(`record ${id} is said to be at ${String(found)}, not ${String(seq)}`, 1)
      return found
    },
    async getBlob(digest): Promise<Uint8Array | undefined> {
      const bytes = await journal.getBlob(digest)
      if (bytes === undefined ? book.hasBlob(digest) && !isRotten() : sha256(bytes) !== digest)
        complain(`blob ${digest} is ${bytes === undefined ? 'not there' : 'given with other bytes'}`)
      return bytes
    },
    async getCheckpoint(atSeq?: number) {
      const checkpoint = await journal.getCheckpoint(atSeq)
      const wanted = book.checkpointAt(atSeq)
      const isSame = checkpoint?.seq === wanted?.seq && checkpoint?.stateHash === wanted?.stateHash
      if (!isSame && !isRotten())
        complain(`the checkpoint of ${String(wanted?.seq)} was asked for, not ${String(checkpoint?.seq)}`)
      return checkpoint
    },
    async putCheckpoint(checkpoint): Promise<void> {
      await journal.putCheckpoint(checkpoint)
      if (checkpoint.seq > book.lastSeq) complain(`the journal took a checkpoint of ${checkpoint.seq}`)
      book.putCheckpoint(checkpoint)
    },
    close: () => journal.close(),
  }
}
