import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest, Journal, JournalHead, JournalRecord } from '../../runtime/journal/journal.ts'
import { MemoryDisk, MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { JournalBook } from './journal-book.ts'
import { type JournalRot, rottenDisk } from './journal-rot.ts'
import type { Program } from './program.ts'
import { watchJournal } from './watched-journal.ts'

/** How the journal's disk behaves now. Faults change it. */
export interface JournalConditions {
  /** Mean time of a durable append, exponentially distributed. */
  appendMs: number
  /** No room: an append is refused and nothing is written. */
  isFull: boolean
  /** Share of appends of which the writer is not told whether they happened. */
  ambiguous: number
  /** Says that records are durable and keeps them in a cache: without power they are gone. */
  lies: boolean
  /** What of it reads wrong, until somebody sees to the cable. */
  rot: JournalRot | undefined
}

/** What an append takes at least, and what it takes more on average while nothing is wrong. */
export const FIRST_TRY_MS = 0.2
export const USUAL_APPEND_MS = 1

const GOOD_JOURNAL: JournalConditions = {
  appendMs: USUAL_APPEND_MS,
  isFull: false,
  ambiguous: 0,
  lies: false,
  rot: undefined,
}

/** Where in the taking of a checkpoint a central is. */
export type CheckpointMoment = 'recorded' | 'stored'

/** What was durable, and is gone because an operator restored an older backup. */
export interface LostRecords {
  /** True time of the restore, and of the backup. */
  readonly atMs: number
  readonly keptMs: number
  /** The last record that the backup held. */
  readonly keptSeq: number
  readonly records: readonly JournalRecord[]
  readonly writtenAtMs: readonly number[]
}

/** What outlives the lives of a central: its records, and how far they would survive a loss of power. */
export class JournalStore {
  readonly disk = new MemoryDisk()
  readonly conditions: JournalConditions = { ...GOOD_JOURNAL }
  readonly book = new JournalBook()
  /** Told when a central has recorded a checkpoint and is about to store it, and when it has. */
  onCheckpoint: (program: Program, moment: CheckpointMoment) => void = () => {}
  readonly random: SeededRandom
  /** True time at which each record became durable. */
  readonly writtenAtMs: number[] = []
  /** Told of each append as it is asked for, in the very event in which its records were made. */
  onAsked: (request: AppendRequest, program: Program) => void = () => {}
  /** What restores took away, the earliest first. */
  readonly restores: LostRecords[] = []
  /** How many blobs there were when each record was written. */
  readonly #blobCounts: number[] = []
  /** Records up to here are on the platters. */
  #safeSeq = 0

  constructor(random: SeededRandom) {
    this.random = random
  }

  appended(nowMs: number): void {
    while (this.writtenAtMs.length < this.disk.records.length) {
      this.writtenAtMs.push(nowMs)
      this.#blobCounts.push(this.disk.blobs.size)
    }
    if (!this.conditions.lies) this.#safeSeq = this.disk.records.length
  }

  /** What a restore of a backup that lacks nothing does to a journal: it goes on in a new timeline. */
  restore(): void {
    this.disk.beginTimeline()
    this.book.beginTimeline()
  }

  /** A restore of the backup that was made at `keptMs`. Answers the last record that it holds. */
  restoreOlder(nowMs: number, keptMs: number): number {
    this.appended(nowMs)
    const kept = this.writtenAtMs.findLastIndex(atMs => atMs <= keptMs) + 1
    const lost = this.disk.records.slice(kept)
    this.restores.push({
      atMs: nowMs,
      keptMs,
      keptSeq: kept,
      records: lost,
      writtenAtMs: this.writtenAtMs.slice(kept),
    })
    const blobs = [...this.disk.blobs.keys()].slice(this.#blobCounts[kept - 1] ?? 0)
    for (const digest of blobs) this.disk.blobs.delete(digest)
    this.#forgetAfter(kept)
    this.book.forgetBlobs(blobs)
    // Of a timeline that nobody has begun yet; what two restores of one backup do is in docs/next-steps.md.
    this.restore()
    return kept
  }

  /** Forgets what only a cache had. */
  losePower(): void {
    this.#forgetAfter(this.#safeSeq)
  }

  #forgetAfter(keptSeq: number): void {
    for (const { id } of this.disk.records.splice(keptSeq)) this.disk.seqById.delete(id)
    this.writtenAtMs.length = this.disk.records.length
    this.#blobCounts.length = this.disk.records.length
    this.#safeSeq = Math.min(this.#safeSeq, this.disk.records.length)
    this.book.forgetAfter(keptSeq)
    this.disk.checkpoints = this.disk.checkpoints.filter(({ seq }) => seq <= keptSeq)
  }
}

/**
 * The journal of one life of a central, on a store that may be slow, full, unclear or dishonest. An append
 * that is under way when the program ends has happened or not, as chance has it.
 */
export function openSimulatedJournal(store: JournalStore, program: Program): Journal {
  const inner = watchedJournal(store, program)
  const { conditions, random } = store
  const pending = new Set<AppendRequest>()
  program.onEnd(end => {
    for (const request of pending)
      if (end !== 'power' && random.fraction() < 0.5)
        void inner.append(request).then(() => store.appended(program.machine.world.nowMs))
  })
  const later = (delayMs: number): Promise<void> => new Promise(resolve => program.later(delayMs, resolve))
  return {
    head: () => inner.head(),
    async append(request: AppendRequest): Promise<JournalHead> {
      store.onAsked(request, program)
      pending.add(request)
      await later(FIRST_TRY_MS + program.machine.world.around(random, conditions.appendMs))
      pending.delete(request)
      if (conditions.isFull) throw new KonorError('KONOR_JOURNAL_FULL', 'the disk of the journal is full')
      const isUnclear = conditions.ambiguous > 0 && random.fraction() < conditions.ambiguous
      if (isUnclear && random.fraction() < 0.5) throw unclear()
      const head = await inner.append(request)
      const { world } = program.machine
      store.appended(world.nowMs)
      for (const { payload } of request.records)
        world.trace.note(world.nowMs, 'append', program.name, payload)
      if (isUnclear) throw unclear()
      return head
    },
    read: (fromSeq, toSeq) => inner.read(fromSeq, toSeq),
    find: id => inner.find(id),
    getBlob: digest => inner.getBlob(digest),
    getCheckpoint: atSeq => inner.getCheckpoint(atSeq),
    async putCheckpoint(checkpoint) {
      store.onCheckpoint(program, 'recorded')
      if (!program.isAlive) return
      await inner.putCheckpoint(checkpoint)
      store.onCheckpoint(program, 'stored')
    },
    close: () => inner.close(),
  }
}

/** The journal of the product on this store: writes go to the disk, reads see what the disk makes of it. */
function watchedJournal(
  store: JournalStore,
  program: Pick<Program, 'faults' | 'isAlive' | 'machine'>,
): Journal {
  const { disk, conditions, book } = store
  const sound = new MemoryJournal({ disk, faults: program.faults })
  const shown = (): MemoryDisk => (conditions.rot === undefined ? disk : rottenDisk(disk, conditions.rot))
  const reader = (): MemoryJournal =>
    conditions.rot === undefined ? sound : new MemoryJournal({ disk: shown() })
  const journal: Journal = {
    head: () => sound.head(),
    append: request => sound.append(request),
    read: (fromSeq, toSeq) => reader().read(fromSeq, toSeq),
    find: id => sound.find(id),
    getBlob: digest => reader().getBlob(digest),
    getCheckpoint: atSeq => reader().getCheckpoint(atSeq),
    putCheckpoint: checkpoint => sound.putCheckpoint(checkpoint),
    close: () => sound.close(),
  }
  return watchJournal(journal, {
    book,
    count: () => disk.records.length,
    isRotten: () => conditions.rot !== undefined,
    shownSeq: () => shown().records.at(-1)?.seq ?? 0,
    // What a program computes after its end reaches nobody.
    complain: (promise, what) => program.isAlive && book.complain(program.machine.world.nowMs, promise, what),
  })
}

/** Nobody said whether an append happened. */
export function unclear(): KonorError {
  return new KonorError(
    'KONOR_JOURNAL_AMBIGUOUS',
    'no answer to the append: whether it happened is not known',
  )
}
