import { Feistel } from './feistel.ts'
import type { GossipRandom } from './gossip-random.ts'

/** So many newcomers, as a share of the round, are fitted into it; more begin a new one with everybody. */
const NEWCOMERS_MAX = 0.25
/** Parts of the round within which its order changes from pass to pass. */
const PARTS = 4

/**
 * Walks round all slots in a random order that every member draws for itself. The order is kept, and only shuffled
 * anew within each quarter of the round: a member waits for its next probe by the same prober 1.25 passes at most, not
 * nearly two as with a list that is shuffled as a whole, which shortens the tail of detection; and members do not meet
 * in lockstep, as with a list that is never shuffled. A slot that appears during a pass gets a random place in what is
 * left of it. Where many appear, as when a cluster starts, the pass begins anew: fitted in, they would all be walked in
 * the order of their coming, by every member at the same time, and whoever was there first would be forgotten
 * meanwhile.
 */
export class ProbeOrder {
  readonly #random: GossipRandom
  #round: Feistel | undefined
  #part: Feistel | undefined
  #size = 0
  #partSize = 1
  #position = 0
  #pass = 0
  #late: { readonly slot: number; readonly position: number }[] = []

  constructor(random: GossipRandom) {
    this.#random = random
  }

  /** A member took this slot just now. */
  insert(slot: number): void {
    if (slot < this.#size) return
    const left = Math.max(1, this.#size - this.#position)
    this.#late.push({ slot, position: this.#position + Math.floor(this.#random.fraction() * left) })
  }

  /** The next slot of the walk among `slots`, which says how far a new pass will reach. */
  next(slots: number): number {
    if (this.#late.length > Math.max(1, this.#size * NEWCOMERS_MAX)) this.#begin(slots)
    if (this.#late.length > 0) {
      const at = this.#late.findIndex(({ position }) => position <= this.#position)
      const late = this.#late[at]
      if (late !== undefined) {
        this.#late.splice(at, 1)
        return late.slot
      }
    }
    if (this.#position >= this.#size) this.#begin(slots)
    return this.#slotAt(this.#position++)
  }

  #begin(slots: number): void {
    this.#position = 0
    this.#pass++
    this.#late = []
    if (slots === this.#size) return
    this.#size = slots
    this.#partSize = Math.max(1, Math.ceil(slots / PARTS))
    this.#round = new Feistel(this.#random, slots)
    this.#part = new Feistel(this.#random, this.#partSize)
  }

  #slotAt(position: number): number {
    const offset = position % this.#partSize
    const start = position - offset
    // The last part may be shorter: it keeps its order, and its members their neighbours.
    const isWhole = start + this.#partSize <= this.#size
    const shuffled = isWhole ? (this.#part?.permute(offset, this.#pass) ?? offset) : offset
    return this.#round?.permute(start + shuffled) ?? position
  }
}
