import { type Digest, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { ENVELOPE_BYTES_MAX, type LogService } from './log-service.ts'
import type { Patience, Waits } from './patience.ts'
import { full, unlessUnreachable, unreachable } from './service-error.ts'

/**
 * How long a value that may not exist is looked for, at the leader after the first try, until it counts as
 * missing.
 */
const MISSING_AFTER_MS = 3_000

const DIGEST_BYTES = 32

/**
 * Bytes in parts: the digest of the only part, or of the list of its parts' digests, or of a list of such
 * lists.
 */
export interface TreeRef {
  readonly digest: Digest
  /** Lists above the parts. */
  readonly depth: number
}

/**
 * Bytes of any length in a service whose values are bounded. What is stored by its digest is stored as often
 * as one likes: every try writes the same, so an outcome that is unknown is settled by writing again.
 */
export class StreamValues {
  readonly #service: LogService
  readonly #waits: Waits
  readonly #partBytesMax: number

  constructor(service: LogService, waits: Waits) {
    this.#service = service
    this.#waits = waits
    this.#partBytesMax = service.payloadBytesMax - ENVELOPE_BYTES_MAX
  }

  /**
   * Stores bytes under `prefix`, in parts where they are larger than a value may be. Durable when it
   * resolves.
   */
  async storeTree(prefix: string, bytes: Uint8Array): Promise<TreeRef> {
    let [level, depth] = [bytes, 0]
    for (;;) {
      const digests: Digest[] = []
      for (let at = 0; at === 0 || at < level.length; at += this.#partBytesMax) {
        const part = level.subarray(at, at + this.#partBytesMax)
        const digest = digestOfBytes(part)
        await this.store(`${prefix}.${digest}`, part)
        digests.push(digest)
      }
      const [digest] = digests
      if (digests.length === 1 && digest !== undefined) return { digest, depth }
      level = Buffer.from(digests.join(''), 'hex')
      depth++
    }
  }

  /** Bytes that `storeTree` stored, which are known to exist: asked for until they are there. */
  async loadTree(prefix: string, ref: TreeRef): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    await this.#walk(prefix, ref, this.#waits.begin(), part => parts.push(part))
    // Not a Buffer: its slices would share, and so keep, the whole of it.
    return Uint8Array.from(Buffer.concat(parts))
  }

  /** Removes what `storeTree` stored and nobody names any more; what cannot be removed stays. */
  async removeTree(prefix: string, { digest, depth }: TreeRef): Promise<void> {
    const key = `${prefix}.${digest}`
    const level = depth === 0 ? undefined : (await this.#service.get(key, 'leader'))?.bytes
    for (const child of digestsIn(level ?? new Uint8Array()))
      await this.removeTree(prefix, { digest: child, depth: depth - 1 })
    await this.#service.remove(key)
  }

  /** Stores one value until it is known to be stored. */
  async store(key: string, bytes: Uint8Array): Promise<void> {
    const patience = this.#waits.begin()
    do {
      const outcome = await this.#service.put(key, bytes)
      if (outcome.kind === 'stored') return
      if (outcome.kind === 'full') throw full()
    } while (await patience.pause())
    throw unreachable(`the log service does not take the value ${key}`)
  }

  /**
   * A value that may not exist. That a replica has none proves nothing, so it is asked for again for a while;
   * it counts as missing only when the leader answered last. `KONOR_JOURNAL_UNREACHABLE` when nobody answers.
   */
  async load(key: string): Promise<Uint8Array | undefined> {
    const found = await this.#find(key, this.#waits.begin(MISSING_AFTER_MS))
    return found ?? (await this.#service.get(key, 'leader'))?.bytes
  }

  async #walk(
    prefix: string,
    { digest, depth }: TreeRef,
    patience: Patience,
    onPart: (part: Uint8Array) => void,
  ): Promise<void> {
    const key = `${prefix}.${digest}`
    const bytes = await this.#find(key, patience)
    if (bytes === undefined) throw unreachable(`no replica of the log service shows the value ${key}`)
    if (digestOfBytes(bytes) !== digest)
      throw new KonorError('KONOR_JOURNAL_CORRUPT', `the value ${key} is damaged`, { details: { digest } })
    if (depth === 0) return onPart(bytes)
    for (const child of digestsIn(bytes))
      await this.#walk(prefix, { digest: child, depth: depth - 1 }, patience, onPart)
  }

  async #find(key: string, patience: Patience): Promise<Uint8Array | undefined> {
    let from: 'any' | 'leader' = 'any'
    do {
      const found = await unlessUnreachable(this.#service.get(key, from))
      if (found !== undefined) return found.bytes
      from = 'leader'
    } while (await patience.pause())
    return undefined
  }
}

function digestsIn(level: Uint8Array): Digest[] {
  const text = Buffer.from(level).toString('hex')
  const chars = 2 * DIGEST_BYTES
  return Array.from(
    { length: text.length / chars },
    (_, at) => text.slice(at * chars, (at + 1) * chars) as Digest,
  )
}
