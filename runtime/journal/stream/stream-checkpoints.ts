import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { type Checkpoint, CHECKPOINTS_KEPT_MAX } from '../journal.ts'
import type { LogService } from './log-service.ts'
import type { Waits } from './patience.ts'
import { unreachable } from './service-error.ts'
import type { StreamValues, TreeRef } from './stream-values.ts'

const LIST_KEY = 'checkpoints'
const STATE_PREFIX = 'state'

interface Entry {
  readonly seq: number
  readonly stateHash: Digest
  readonly ref: TreeRef
}

interface List {
  readonly revision: number
  /** In rising order of `seq`. */
  readonly entries: readonly Entry[]
}

/**
 * Checkpoints beside the log: one list of the newest, swapped by its revision, since every central may take
 * one. They are a cache that the chain must vouch for: a stale list gives an older checkpoint, which costs a
 * longer restart.
 */
export class StreamCheckpoints {
  readonly #service: LogService
  readonly #values: StreamValues
  readonly #waits: Waits

  constructor(service: LogService, values: StreamValues, waits: Waits) {
    this.#service = service
    this.#values = values
    this.#waits = waits
  }

  /** The newest at or below `atSeq` whose state is there, undamaged. */
  async get(atSeq: number): Promise<Checkpoint | undefined> {
    const { entries } = await this.#list('any')
    for (const { seq, stateHash, ref } of entries.toReversed()) {
      if (seq > atSeq) continue
      const state = await this.#stateOf(ref)
      if (state !== undefined) return { seq, stateHash, state }
    }
    return undefined
  }

  /** The state is durable before the list names it; what the list lets go is removed afterwards. */
  async put({ seq, stateHash, state }: Checkpoint): Promise<void> {
    const ref = await this.#values.storeTree(STATE_PREFIX, state)
    const patience = this.#waits.begin()
    do {
      const { revision, entries } = await this.#list('leader')
      const others = entries.filter(entry => entry.seq !== seq)
      const all = [...others, { seq, stateHash, ref }].toSorted((a, b) => a.seq - b.seq)
      const kept = all.slice(-CHECKPOINTS_KEPT_MAX)
      const outcome = await this.#service.put(LIST_KEY, encodeList(kept), revision)
      // An outcome that is not known is settled by the next look at the list.
      if (outcome.kind === 'stored') return await this.#removeAll(entries, kept)
    } while (await patience.pause())
    throw unreachable('the log service does not take a checkpoint')
  }

  async #removeAll(before: readonly Entry[], kept: readonly Entry[]): Promise<void> {
    const named = new Set(kept.map(({ ref }) => ref.digest))
    for (const { ref } of before) if (!named.has(ref.digest)) await this.#values.removeTree(STATE_PREFIX, ref)
  }

  async #list(from: 'any' | 'leader'): Promise<List> {
    const value = await this.#service.get(LIST_KEY, from)
    if (value === undefined) return { revision: 0, entries: [] }
    const rows = decodeCanonical(value.bytes) as readonly (readonly CborValue[])[]
    const entries = rows.map(([seq, stateHash, digest, depth]) => ({
      seq: seq as number,
      stateHash: stateHash as Digest,
      ref: { digest: digest as Digest, depth: depth as number },
    }))
    return { revision: value.revision, entries }
  }

  /** Undefined when it is damaged, or was let go meanwhile: an older one serves as well. */
  async #stateOf(ref: TreeRef): Promise<Uint8Array | undefined> {
    try {
      return await this.#values.loadTree(STATE_PREFIX, ref)
    } catch (thrown) {
      const isMissing = isKonorError(thrown, 'KONOR_JOURNAL_UNREACHABLE')
      if (isMissing || isKonorError(thrown, 'KONOR_JOURNAL_CORRUPT')) return undefined
      throw thrown
    }
  }
}

function encodeList(entries: readonly Entry[]): Uint8Array {
  return encodeCanonical(entries.map(({ seq, stateHash, ref }) => [seq, stateHash, ref.digest, ref.depth]))
}
