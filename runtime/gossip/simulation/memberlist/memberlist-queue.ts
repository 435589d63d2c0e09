import { type Claim, claimBytes } from './memberlist-message.ts'

interface Entry {
  readonly claim: Claim
  readonly order: number
  transmits: number
}

/** `TransmitLimitedQueue` of queue.go: fewest transmissions first, then the newest; one claim a node. */
export class MemberlistQueue {
  #entries: Entry[] = []
  #order = 0

  get size(): number {
    return this.#entries.length
  }

  put(claim: Claim): void {
    this.#entries = this.#entries.filter(entry => entry.claim.node !== claim.node)
    this.#entries.push({ claim, order: this.#order++, transmits: 0 })
  }

  take(roomBytes: number, limit: number): Claim[] {
    if (this.#entries.length === 0) return []
    this.#entries.sort((a, b) => a.transmits - b.transmits || b.order - a.order)
    const taken: Claim[] = []
    let leftBytes = roomBytes
    let finished = false
    for (const entry of this.#entries) {
      const sizeBytes = claimBytes(entry.claim)
      if (sizeBytes > leftBytes) continue
      leftBytes -= sizeBytes
      entry.transmits++
      finished ||= entry.transmits >= limit
      taken.push(entry.claim)
    }
    if (finished) this.#entries = this.#entries.filter(entry => entry.transmits < limit)
    return taken
  }
}
