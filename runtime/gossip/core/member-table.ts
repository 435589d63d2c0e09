import { DIGEST_BUCKETS } from './message-bounds.ts'
import { isLive, type MemberRecord } from './member-record.ts'
import type { MemberId } from './messages.ts'
import { bucketOf, recordHash } from './record-hash.ts'

/**
 * A view that many members start from. A simulation of 10,000 members holds it once and each member's differences
 * only; in production there is one member and no base.
 */
export class TableBase {
  readonly records: readonly MemberRecord[]
  readonly slotById: ReadonlyMap<MemberId, number>
  readonly buckets: readonly number[]
  readonly live: number

  constructor(records: readonly MemberRecord[]) {
    this.records = records
    this.slotById = new Map(records.map((record, slot) => [record.id, slot]))
    const buckets = Array.from<number>({ length: DIGEST_BUCKETS }).fill(0)
    for (const record of records) {
      const bucket = bucketOf(record.id)
      buckets[bucket] = ((buckets[bucket] ?? 0) + recordHash(record)) >>> 0
    }
    this.buckets = buckets
    this.live = records.filter(isLive).length
  }
}

const EMPTY = new TableBase([])

/**
 * Records by id and by slot, a small number that a record keeps while it exists, with the digest of the living kept up
 * to date. Slots let a member be drawn at random and walked round without a list of its own.
 */
export class MemberTable {
  readonly #base: TableBase
  /** Differences to the base; undefined marks one that was cleared away. */
  readonly #changed = new Map<MemberId, MemberRecord | undefined>()
  /** Ids beyond the base, by slot less the base's length; undefined is free. */
  readonly #extra: (MemberId | undefined)[] = []
  readonly #extraSlots = new Map<MemberId, number>()
  readonly #free: number[] = []
  readonly #buckets: Uint32Array
  #viewHash: number
  #live: number
  #writes = 0

  constructor(base: TableBase = EMPTY) {
    this.#base = base
    this.#buckets = Uint32Array.from(base.buckets)
    this.#viewHash = base.buckets.reduce((sum, hash) => (sum + hash) >>> 0, 0)
    this.#live = base.live
  }

  get(id: MemberId): MemberRecord | undefined {
    if (this.#changed.size > 0) {
      const changed = this.#changed.get(id)
      if (changed !== undefined || this.#changed.has(id)) return changed
    }
    const slot = this.#base.slotById.get(id)
    return slot === undefined ? undefined : this.#base.records[slot]
  }

  /** Adds or replaces; returns the slot when the record took a new one. */
  set(record: MemberRecord): number | undefined {
    const { id } = record
    const before = this.get(id)
    this.#changed.set(id, record)
    this.#account(id, before, record)
    if (before !== undefined || this.#base.slotById.has(id)) return undefined
    const slot = this.#free.pop() ?? this.#extra.length
    this.#extra[slot] = id
    this.#extraSlots.set(id, slot)
    return this.#base.records.length + slot
  }

  delete(id: MemberId): void {
    this.#account(id, this.get(id), undefined)
    if (this.#base.slotById.has(id)) {
      this.#changed.set(id, undefined)
      return
    }
    this.#changed.delete(id)
    const slot = this.#extraSlots.get(id)
    if (slot === undefined) return
    this.#extraSlots.delete(id)
    this.#extra[slot] = undefined
    this.#free.push(slot)
  }

  /** Slots in use or free: one more than the largest. */
  get slots(): number {
    return this.#base.records.length + this.#extra.length
  }

  at(slot: number): MemberRecord | undefined {
    const beyond = slot - this.#base.records.length
    const id = beyond < 0 ? this.#base.records[slot]?.id : this.#extra[beyond]
    return id === undefined ? undefined : this.get(id)
  }

  /** Alive and suspect ones, ourselves included: N of all formulas. */
  get live(): number {
    return this.#live
  }

  get viewHash(): number {
    return this.#viewHash
  }

  /** How often a record was put in or taken out: while it stays, so does every record. */
  get writes(): number {
    return this.#writes
  }

  get buckets(): readonly number[] {
    return [...this.#buckets]
  }

  /** Every record, tombstones and candidates included. */
  *records(): Generator<MemberRecord> {
    for (let slot = 0; slot < this.slots; slot++) {
      const record = this.at(slot)
      if (record !== undefined) yield record
    }
  }

  /** Records that differ from the base, tombstones first of all: without a base, all of them. */
  *changes(): Generator<MemberRecord> {
    for (const record of this.#changed.values()) if (record !== undefined) yield record
  }

  #account(id: MemberId, before: MemberRecord | undefined, after: MemberRecord | undefined): void {
    this.#writes++
    const bucket = bucketOf(id)
    const added = after === undefined ? 0 : recordHash(after)
    const difference = added - (before === undefined ? 0 : recordHash(before))
    this.#buckets[bucket] = ((this.#buckets[bucket] ?? 0) + difference) >>> 0
    this.#viewHash = (this.#viewHash + difference) >>> 0
    this.#live +=
      Number(after !== undefined && isLive(after)) - Number(before !== undefined && isLive(before))
  }
}
