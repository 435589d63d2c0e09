import { updateSizeBytes } from './message-size.ts'
import { type MemberId, RECORD_STATE_RANKS, type Update } from './messages.ts'

interface Entry {
  readonly update: Update
  readonly sizeBytes: number
  transmissions: number
}

type Tier = Map<MemberId, Entry>

/** Updates that did not fit, after which packing stops looking for smaller ones. */
const MISFITS_MAX = 8
/** Classes of urgency within the same number of transmissions: dead and left, suspect, alive. */
const CLASSES = 3

/**
 * What is still to be told. One slot per subject: news replaces what it supersedes, so the queue never outgrows the
 * membership. Fewest transmissions go first, then the gravest state, then the older.
 */
export class BroadcastQueue {
  readonly #entries = new Map<MemberId, Entry>()
  /** By transmissions, and within them by class; what is empty is left out. */
  readonly #tiers: (Tier | undefined)[] = []
  /** An empty tier to be used again: news goes from tier to tier, most often alone. */
  #spare: Tier | undefined
  #unsent = 0
  #lives = 0

  put(update: Update): void {
    this.drop(update.id)
    const entry = { update, sizeBytes: updateSizeBytes(update), transmissions: 0 }
    this.#entries.set(update.id, entry)
    this.#enter(entry)
    this.#unsent++
  }

  drop(id: MemberId): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#leave(entry)
    if (entry.transmissions === 0) this.#unsent--
  }

  has(id: MemberId): boolean {
    return this.#entries.has(id)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Updates that say that someone lives. */
  get lives(): number {
    return this.#lives
  }

  /** Whether something waits that was never sent. */
  get hasUnsent(): boolean {
    return this.#unsent > 0
  }

  /**
   * Takes what fits into `roomBytes` and counts it as sent once; what reaches `limit` transmissions is done.
   *
   * @param unsentOnly leaves what was sent before to the next round.
   * @param except a subject that the message carries anyway.
   */
  take(roomBytes: number, limit: number, { unsentOnly = false, except = '' } = {}): Update[] {
    const taken: Entry[] = []
    let leftBytes = roomBytes
    let misfits = 0
    const tiers = unsentOnly ? Math.min(CLASSES, this.#tiers.length) : this.#tiers.length
    for (let at = 0; at < tiers; at++) {
      const tier = this.#tiers[at]
      if (tier === undefined) continue
      for (const entry of tier.values()) {
        if (entry.update.id === except) continue
        if (entry.sizeBytes <= leftBytes) {
          taken.push(entry)
          leftBytes -= entry.sizeBytes
        } else if (++misfits >= MISFITS_MAX) return this.#sent(taken, limit)
      }
    }
    return this.#sent(taken, limit)
  }

  /** Counts these as sent once more; returns those that still wait to be sent at all. */
  retake(updates: readonly Update[], limit: number): Update[] {
    const again = updates.flatMap(update => {
      const entry = this.#entries.get(update.id)
      return entry?.update === update ? [entry] : []
    })
    return this.#sent(again, limit)
  }

  #sent(entries: readonly Entry[], limit: number): Update[] {
    for (const entry of entries) {
      const { id } = entry.update
      this.#leave(entry)
      if (entry.transmissions++ === 0) this.#unsent--
      if (entry.transmissions >= limit) this.#entries.delete(id)
      else this.#enter(entry)
    }
    return entries.map(entry => entry.update)
  }

  #enter(entry: Entry): void {
    if (entry.update.state === 'alive') this.#lives++
    const at = tierOf(entry)
    let tier = this.#tiers[at]
    if (tier === undefined) {
      tier = this.#spare ?? new Map()
      this.#spare = undefined
      while (this.#tiers.length < at) this.#tiers.push(undefined)
      this.#tiers[at] = tier
    }
    tier.set(entry.update.id, entry)
  }

  #leave(entry: Entry): void {
    if (entry.update.state === 'alive') this.#lives--
    const at = tierOf(entry)
    const tier = this.#tiers[at]
    tier?.delete(entry.update.id)
    if (tier?.size !== 0) return
    this.#tiers[at] = undefined
    this.#spare = tier
  }
}

function tierOf({ transmissions, update }: Entry): number {
  return CLASSES * transmissions + Math.max(0, 2 - RECORD_STATE_RANKS[update.state])
}
