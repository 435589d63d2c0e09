import type { Address } from '../../actors/vocabulary/address.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { RecordDraft } from '../journal/journal.ts'
import type { Draft } from '../kernel/draft.ts'
import type { Input, Output, Reply } from '../kernel/input.ts'
import type { Position } from '../kernel/kernel-state.ts'
import { FOLD_VERSION } from '../kernel/fold-version.ts'
import { encodeInputs, encodeOutputs } from '../kernel/record-codec.ts'
import { appendSettled } from './append-settled.ts'
import { BlobCache } from './blob-cache.ts'
import type { Due } from './deadline-queue.ts'
import { DeadlineTimer } from './deadline-timer.ts'
import { JournalClock } from './journal-clock.ts'
import type { LeaderOptions, RunningLeader } from './leader-options.ts'
import { BlobsNeeded, type Folded, type Preparation, type Prepared, type Recorded } from './leader.ts'

/** Inputs that may wait to be folded: past it a sender is told to come back. */
export const INPUTS_WAITING_MAX = 10_000
/** Inputs folded ahead of one append. */
export const BATCH_MAX = 512
/** Bytes of blobs that one append takes along; the rest of a batch comes with the next. */
export const BATCH_BLOB_BYTES_MAX = 32 * 1024 * 1024
/** Facts that share one record. */
export const FACTS_PER_RECORD_MAX = 1_024

interface Waiting {
  readonly fact: boolean
  prepare(preparation: Preparation): Prepared
  resolve(recorded: Recorded): void
  reject(cause: unknown): void
}

interface PendingRecord {
  readonly draft: RecordDraft
  readonly position: Position
  readonly outputs: readonly Output[]
  readonly changed: ReadonlySet<Address>
  readonly replies: readonly { readonly waiting: Waiting; readonly reply: Reply }[]
}

/** Starts leading: the journal's head must already carry this leader's epoch. */
export function createLeader(options: LeaderOptions): RunningLeader {
  return new EmbeddedLeader(options)
}

class EmbeddedLeader implements RunningLeader {
  readonly #options: LeaderOptions
  readonly #blobs = new BlobCache()
  readonly #deadlines: DeadlineTimer
  readonly #time: JournalClock
  readonly #queue: Waiting[] = []
  readonly #listeners = new Set<(folded: Folded) => void>()
  #order: { timeline: number; epoch: number }
  #running: Promise<void> | undefined
  #stopped: KonorError | undefined
  #isDeposed = false

  constructor(options: LeaderOptions) {
    this.#options = options
    this.#order = { timeline: options.timeline, epoch: options.epoch }
    this.#time = new JournalClock(options.clock, options.kernel.position.timeMs)
    this.#deadlines = new DeadlineTimer({
      clock: options.clock,
      time: this.#time,
      holdMs: options.holdDeadlinesMs,
      most: FACTS_PER_RECORD_MAX,
      onDue: due => this.#foldDue(due),
    })
    for (const record of options.kernel.state.actors()) this.#deadlines.note(record)
  }

  get view() {
    return this.#options.kernel.state
  }

  get position(): Position {
    return this.#options.kernel.position
  }

  get order(): { readonly timeline: number; readonly epoch: number } {
    return this.#order
  }

  get waiting(): number {
    return this.#queue.length
  }

  submit(prepare: (preparation: Preparation) => Prepared): Promise<Recorded> {
    return this.#enqueue(false, prepare)
  }

  submitFact(input: Input): Promise<Recorded> {
    return this.#enqueue(true, () => ({ input }))
  }

  onFolded(listener: (folded: Folded) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    const held = this.#blobs.get(digest)
    if (held !== undefined) return held
    const bytes = await this.#options.journal.getBlob(digest)
    if (bytes !== undefined) this.#blobs.set(digest, bytes)
    return bytes
  }

  async fence(above: { readonly timeline: number; readonly epoch: number }): Promise<void> {
    const { timeline, epoch } = this.#order
    if (above.timeline < timeline || (above.timeline === timeline && above.epoch <= epoch)) return
    this.#order = { timeline: Math.max(timeline, above.timeline), epoch: above.epoch + 1 }
    await this.submit(() => ({
      input: { route: 'claim', by: 'system', scopes: ['system'], body: { ...this.#order } },
    }))
  }

  depose(cause: unknown): void {
    if (this.#stopped !== undefined) return
    this.#isDeposed = true
    this.#stopped = noLeader('the journal has failed or has another writer')
    this.#deadlines.stop()
    for (const waiting of this.#queue.splice(0)) waiting.reject(this.#stopped)
    this.#options.onDeposed(cause)
  }

  async stop(): Promise<void> {
    this.#stopped ??= noLeader('this central is stopping')
    this.#deadlines.stop()
    await this.#running
  }

  #enqueue(fact: boolean, prepare: Waiting['prepare']): Promise<Recorded> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped)
    if (this.#queue.length >= INPUTS_WAITING_MAX) return Promise.reject(queueFull())
    return new Promise((resolve, reject) => {
      this.#queue.push({ fact, prepare, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    // One turn later, so that what arrives together is folded together.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_MAX)
      try {
        await this.#runBatch(batch)
      } catch (cause) {
        for (const waiting of batch) waiting.reject(cause)
        this.depose(cause)
      }
    }
    // In the same turn as the last look at the queue: an input that came between the two would wait for the next one.
    this.#running = undefined
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    const { kernel, faults } = this.#options
    faults.hit('engine.before-fold')
    const draft = kernel.draft()
    const blobs = new Map<Digest, Uint8Array>()
    const { pending, rest, needed } = this.#foldBatch(batch, draft, blobs)
    faults.hit('engine.after-fold')
    if (pending.length > 0) await this.#append(pending, draft, blobs)
    // What could not be prepared goes first, in its order, as soon as its blobs are at hand.
    this.#queue.unshift(...rest)
    await this.#load(needed, rest)
  }

  /** Folds as much of the batch as can be prepared now; the first that cannot ends it, so order is kept. */
  #foldBatch(batch: readonly Waiting[], draft: Draft, blobs: Map<Digest, Uint8Array>) {
    const pending: PendingRecord[] = []
    let position = this.position
    let blobBytes = 0
    for (let next = 0; next < batch.length;) {
      if (blobBytes > BATCH_BLOB_BYTES_MAX) return { pending, rest: batch.slice(next), needed: [] }
      const together = factsFrom(batch, next)
      const prepared: { waiting: Waiting; input: Input }[] = []
      for (const waiting of together) {
        try {
          const { input, blobs: named } = waiting.prepare(this.#preparation(draft, position, blobs))
          for (const { digest, bytes } of named ?? []) {
            blobs.set(digest, bytes)
            blobBytes += bytes.length
          }
          prepared.push({ waiting, input })
        } catch (thrown) {
          if (thrown instanceof BlobsNeeded)
            return { pending, rest: batch.slice(next), needed: thrown.digests }
          waiting.reject(thrown)
        }
      }
      next += together.length
      if (prepared.length === 0) continue
      try {
        const record = this.#foldRecord(prepared, draft, position)
        pending.push(record)
        position = record.position
      } catch (thrown) {
        // What cannot be written down (it has no canonical form) never happened: its layer is dropped.
        for (const { waiting } of prepared) waiting.reject(thrown)
      }
    }
    return { pending, rest: [], needed: [] }
  }

  #preparation(draft: Draft, position: Position, blobs: ReadonlyMap<Digest, Uint8Array>): Preparation {
    return {
      view: draft,
      position,
      wallMs: this.#options.clock.wallMs(),
      blob: digest => {
        const bytes = blobs.get(digest) ?? this.#blobs.get(digest)
        if (bytes === undefined) throw new BlobsNeeded([digest])
        return bytes
      },
    }
  }

  #foldRecord(
    prepared: readonly { readonly waiting: Waiting; readonly input: Input }[],
    draft: Draft,
    before: Position,
  ): PendingRecord {
    const { kernel, clock, random, foldVersion = FOLD_VERSION } = this.#options
    const position: Position = {
      ...this.#order,
      seq: before.seq + 1,
      timeMs: this.#time.nowMs(),
      foldVersion,
    }
    const wallMs = clock.wallMs()
    const at = { seq: position.seq, timeMs: position.timeMs, wallMs }
    const payload = encodeInputs(
      prepared.map(({ input }) => input),
      foldVersion,
    )
    const layer = kernel.draftOn(draft)
    const replies: { waiting: Waiting; reply: Reply }[] = []
    const outputs: Output[] = []
    for (const { waiting, input } of prepared) {
      const folded = kernel.fold(layer, input, at, position)
      replies.push({ waiting, reply: folded.reply })
      outputs.push(...folded.outputs)
    }
    const encoded = encodeOutputs(outputs)
    const changed = new Set(layer.changed())
    layer.mergeInto(draft)
    return {
      position,
      outputs,
      changed,
      replies,
      draft: {
        id: Buffer.from(random.bytes(16)).toString('hex'),
        timeline: position.timeline,
        epoch: position.epoch,
        timeMs: position.timeMs,
        wallMs,
        payload,
        outputs: encoded,
      },
    }
  }

  async #append(
    pending: readonly PendingRecord[],
    draft: Draft,
    blobs: ReadonlyMap<Digest, Uint8Array>,
  ): Promise<void> {
    const { journal, kernel, faults, logger } = this.#options
    const fresh = [...blobs].map(([digest, bytes]) => ({ digest, bytes }))
    const startedMs = this.#options.clock.monotonicMs()
    try {
      await appendSettled(journal, {
        expectedSeq: this.position.seq,
        records: pending.map(record => record.draft),
        blobs: fresh,
      })
    } catch (cause) {
      // Nothing of the batch is durable: its draft is dropped, and with it every change.
      for (const { replies } of pending) for (const { waiting } of replies) waiting.reject(cause)
      if (cause instanceof KonorError && cause.spec.retryable && !this.#isDeposed) {
        logger.error({ code: cause.code }, 'the journal refused an append; nothing was accepted')
        return
      }
      throw cause
    }
    // Durable, but another may have folded on: who asked finds out from the one who leads.
    if (this.#isDeposed) throw noLeader('another central may lead')
    this.#options.onAppended?.({
      durationMs: this.#options.clock.monotonicMs() - startedMs,
      bytes: pending.reduce(
        (sum, { draft: { payload, outputs } }) => sum + payload.length + outputs.length,
        0,
      ),
      inputs: pending.map(({ replies }) => replies.length),
    })
    for (const { digest, bytes } of fresh) this.#blobs.set(digest, bytes)
    const last = pending.at(-1)
    if (last !== undefined) kernel.commit(draft, last.position)
    faults.hit('engine.before-reply')
    for (const record of pending) this.#publish(record)
    this.#deadlines.arm()
  }

  #publish({ position, outputs, changed, replies, draft }: PendingRecord): void {
    for (const address of changed) {
      const record = this.view.get(address)
      if (record !== undefined) this.#deadlines.note(record)
    }
    const { timeline, seq } = position
    for (const { waiting, reply } of replies) {
      if (reply.ok) waiting.resolve({ body: reply.body, timeline, seq })
      else
        waiting.reject(
          new KonorError(reply.refusal.code, reply.refusal.message, { details: reply.refusal.details ?? {} }),
        )
    }
    const folded: Folded = { timeline, seq, wallMs: draft.wallMs, outputs, changed }
    for (const listener of this.#listeners) {
      try {
        listener(folded)
      } catch (cause) {
        this.#options.logger.error({ err: cause, seq }, 'a listener of folded records threw')
      }
    }
  }

  async #load(needed: readonly Digest[], rest: readonly Waiting[]): Promise<void> {
    for (const digest of needed) {
      if ((await this.getBlob(digest)) !== undefined) continue
      const first = rest[0]
      this.#queue.splice(0, 1)
      const message = `the blob ${digest} that the state names is not in the journal`
      first?.reject(new KonorError('KONOR_JOURNAL_CORRUPT', message, { details: { digest } }))
      return
    }
  }

  #foldDue(due: readonly Due[]): void {
    for (const one of due) {
      const { address, timer } = one
      if (this.view.get(address)?.deadlines[timer] === undefined) continue
      this.submitFact({ route: 'timer', by: 'system', scopes: ['system'], body: { address, timer } }).catch(
        (cause: unknown) => {
          this.#options.logger.error({ err: cause, address, timer }, 'a deadline was not folded')
          // It is still in the state and still due: a full disk or queue must not make it forgotten.
          this.#deadlines.retryLater(one)
        },
      )
    }
  }
}

/** The next input, or the facts that stand together and may share a record. */
function factsFrom(batch: readonly Waiting[], from: number): readonly Waiting[] {
  let to = from + 1
  if (batch[from]?.fact === true) {
    while (to < batch.length && batch[to]?.fact === true && to - from < FACTS_PER_RECORD_MAX) to++
  }
  return batch.slice(from, to)
}

function noLeader(why: string): KonorError {
  return new KonorError('KONOR_ENGINE_NO_LEADER', `no write is accepted: ${why}`)
}

function queueFull(): KonorError {
  return new KonorError(
    'KONOR_ENGINE_QUEUE_FULL',
    `${INPUTS_WAITING_MAX} inputs wait already: come back later`,
    {
      details: { bound: 'INPUTS_WAITING_MAX', max: INPUTS_WAITING_MAX },
    },
  )
}
