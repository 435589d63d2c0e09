import type { Audit, Input, Route } from '../../kernel/input.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Instruction, Refusal } from '../../../actors/vocabulary/instruction.ts'
import { charts } from '../../engine/charts.ts'
import type { Folded, Leader, Preparation, Prepared, Recorded } from '../../engine/leader.ts'
import { type Blob, type Journal, RECORD_ID_CHARS_MAX } from '../../journal/journal.ts'
import { MemoryDisk, MemoryJournal } from '../../journal/memory-journal.ts'
import { createChartRegistry } from '../../kernel/chart-registry.ts'
import { timerDueRoute } from '../../kernel/fold.ts'
import { Kernel } from '../../kernel/kernel.ts'
import { FOLD_VERSION } from '../../kernel/fold-version.ts'
import { encodeInputs, encodeOutputs } from '../../kernel/record-codec.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'

/**
 * What an input of the route `do` asks for: the instructions as they are, so that a test tells actors
 * anything.
 */
export interface Doing {
  readonly instructions?: readonly Instruction[]
  readonly audit?: Audit
  readonly refuse?: Refusal
  readonly by?: string
  readonly trace?: string
  readonly blobs?: readonly Blob[]
}

const doRoute: Route = (_, input) => {
  const { instructions, audit, refuse } = input.body as unknown as Doing
  if (refuse !== undefined) return audit === undefined ? { refuse } : { refuse, audit }
  return audit === undefined
    ? { instructions: instructions ?? [] }
    : { instructions: instructions ?? [], audit }
}

/**
 * A leader for the tests of what reads it: the real kernel with the real charts over a memory journal, one
 * record an input, on a virtual clock.
 */
export class TestLeader implements Leader {
  readonly clock = new VirtualClock()
  readonly disk: MemoryDisk
  readonly journal: Journal
  readonly #kernel = new Kernel(createChartRegistry(charts), { do: doRoute, timer: timerDueRoute })
  readonly #listeners = new Set<(folded: Folded) => void>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(disk = new MemoryDisk(), journal: Journal = new MemoryJournal({ disk })) {
    this.disk = disk
    this.journal = journal
    for (const record of disk.records) this.#kernel.replay(record)
  }

  get view() {
    return this.#kernel.state
  }

  /**
   * After a restore from a backup the next record begins another timeline, and the position is there already.
   */
  get position() {
    return { ...this.#kernel.position, timeline: this.disk.head().timeline }
  }

  do(doing: Doing): Promise<Recorded> {
    const { by = 'key/admin', trace, blobs = [], audit, instructions = [], refuse } = doing
    const body = {
      instructions,
      ...(audit === undefined ? {} : { audit }),
      ...(refuse === undefined ? {} : { refuse }),
    } as unknown as CborValue
    const input: Input = { route: 'do', by, scopes: [], body }
    return this.submit(() => ({ input: trace === undefined ? input : { ...input, trace }, blobs }))
  }

  submit(prepare: (preparation: Preparation) => Prepared): Promise<Recorded> {
    const done = this.#turn.then(() => this.#record(prepare))
    this.#turn = done.catch(() => undefined)
    return done
  }

  submitFact(input: Input): Promise<Recorded> {
    return this.submit(() => ({ input }))
  }

  onFolded(listener: (folded: Folded) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  getBlob(digest: Digest): Promise<Uint8Array | undefined> {
    return this.journal.getBlob(digest)
  }

  async #record(prepare: (preparation: Preparation) => Prepared): Promise<Recorded> {
    const before = this.position
    const wallMs = this.clock.wallMs()
    const { input, blobs = [] } = prepare({ view: this.view, position: before, wallMs, blob: noBlob })
    const position = {
      timeline: before.timeline,
      epoch: 1,
      seq: before.seq + 1,
      timeMs: this.clock.monotonicMs(),
      foldVersion: FOLD_VERSION,
    }
    const { timeline, epoch, seq, timeMs } = position
    const draft = this.#kernel.draft()
    const { reply, outputs } = this.#kernel.fold(draft, input, { seq, timeMs, wallMs }, position)
    const record = {
      id: `${timeline}-${seq}`.slice(0, RECORD_ID_CHARS_MAX),
      timeline,
      epoch,
      timeMs,
      wallMs,
      payload: encodeInputs([input]),
      outputs: encodeOutputs(outputs),
    }
    await this.journal.append({ expectedSeq: before.seq, records: [record], blobs })
    this.#kernel.commit(draft, position)
    const changed = new Set(draft.changed())
    for (const listener of this.#listeners) listener({ timeline, seq, wallMs, outputs, changed })
    if (!reply.ok) throw new KonorError(reply.refusal.code, reply.refusal.message)
    return { body: reply.body, timeline, seq }
  }
}

function noBlob(): never {
  throw new TypeError('inputs of tests are made without blobs')
}
