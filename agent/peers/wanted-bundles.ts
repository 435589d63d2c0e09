import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { TRANSFERS_IN_MAX, WANTED_MAX } from './peer-limits.ts'

/** A bundle that this node waits for. */
export interface WantedBundle {
  readonly group: string
  readonly generation: Generation
}

interface Entry extends WantedBundle {
  readonly found: (bytes: Uint8Array) => void
  at: 'waiting' | 'running' | 'tried'
}

/**
 * Tries to have a bundle from peers; undefined when none could give it for now. `goesOn` turns false when it is not
 * needed any more.
 */
export type TryPeers = (wanted: WantedBundle, goesOn: () => boolean) => Promise<Uint8Array | undefined>

/** What is asked of central and has not come: while central is away peers are tried for it, round after round. */
export class WantedBundles {
  readonly #tryPeers: TryPeers
  readonly #wanted = new Map<Digest, Entry>()
  #running = 0

  constructor(tryPeers: TryPeers) {
    this.#tryPeers = tryPeers
  }

  get size(): number {
    return this.#wanted.size
  }

  /**
   * What `central` gives, or a peer before it. `isFromPeer` tells which: then what central was asked for is not needed.
   */
  first(
    wanted: WantedBundle,
    central: Promise<Uint8Array>,
  ): Promise<{ readonly bytes: Uint8Array; readonly isFromPeer: boolean }> {
    const { digest } = wanted.generation
    const fromCentral = central.then(bytes => ({ bytes, isFromPeer: false }))
    if (this.#wanted.size >= WANTED_MAX || this.#wanted.has(digest)) return fromCentral
    const fromPeer = new Promise<{ bytes: Uint8Array; isFromPeer: boolean }>(resolve => {
      const found = (bytes: Uint8Array): void => resolve({ bytes, isFromPeer: true })
      this.#wanted.set(digest, { ...wanted, found, at: 'waiting' })
    })
    return Promise.race([fromCentral, fromPeer]).finally(() => this.#wanted.delete(digest))
  }

  /** Begins a round: every bundle is tried once more. */
  tryAll(goesOn: () => boolean): void {
    for (const entry of this.#wanted.values()) if (entry.at === 'tried') entry.at = 'waiting'
    this.tryNew(goesOn)
  }

  /** Tries what was not tried in this round, as far as there is room. */
  tryNew(goesOn: () => boolean): void {
    for (const [digest, entry] of this.#wanted) {
      if (this.#running >= TRANSFERS_IN_MAX || !goesOn()) return
      if (entry.at === 'waiting') void this.#try(digest, entry, goesOn)
    }
  }

  async #try(digest: Digest, entry: Entry, goesOn: () => boolean): Promise<void> {
    entry.at = 'running'
    this.#running++
    const bytes = await this.#tryPeers(entry, () => goesOn() && this.#wanted.get(digest) === entry)
    this.#running--
    entry.at = 'tried'
    if (bytes !== undefined) entry.found(bytes)
    this.tryNew(goesOn)
  }
}
