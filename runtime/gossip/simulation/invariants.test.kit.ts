import type { MemberEvent } from '../core/events.ts'
import type { Input } from '../core/inputs.ts'
import type { Member } from '../core/member.ts'
import type { MemberRecord } from '../core/member-record.ts'
import type { Update } from '../core/messages.ts'
import type { StepResult } from '../core/outputs.ts'
import { compareLives, type Life } from '../core/precedence.ts'
import { PRESETS } from '../core/presets.ts'
import { suspicionMinMs } from '../core/scale.ts'

interface Seen {
  readonly records: Map<string, MemberRecord>
  /** Ids that have spoken to it themselves. */
  readonly met: Set<string>
  readonly suspectSinceMs: Map<string, number>
  /** Most accusers on whose word it was told of one death. */
  readonly declarers: Map<string, number>
}

/** Rounding of virtual time. */
const ROUNDING_MS = 1e-6

/**
 * What must hold after every step of every member, checked by its own bookkeeping. The numbers are those of the
 * protocol's list of invariants in the README. Throws what does not hold.
 */
export class Invariants {
  readonly #seen = new Map<Member, Seen>()
  /** The true present life of every id, and the epochs in which it said farewell. */
  readonly #truth = new Map<string, Life>()
  readonly #farewells = new Set<string>()
  /** Whether hearsay makes no members: without signatures only a meeting does. */
  readonly #sealed: boolean
  steps = 0

  constructor(sealed: boolean) {
    this.#sealed = sealed
  }

  check(member: Member, input: Input, result: StepResult): void {
    this.steps++
    const seen = this.#of(member)
    const { id } = member.self
    this.#truth.set(id, { epoch: member.self.epoch, incarnation: member.self.incarnation })
    if (input.kind === 'leave') this.#farewells.add(`${id}/${member.self.epoch}`)
    if (input.kind === 'message') this.#note(seen, input.from.id, updatesOf(input))
    let count = 0
    for (const record of member.records()) {
      count++
      this.#checkRecord(member, seen.records.get(record.id), record)
      seen.records.set(record.id, record)
    }
    for (const event of result.events) this.#checkEvent(seen, event, input)
    if (member.queueSize > count) throw new Error(`S8: ${member.queueSize} updates for ${count} subjects`)
    if (result.nextWakeMs < input.nowMs) throw new Error('A wake in the past')
  }

  #note(seen: Seen, from: string, updates: readonly Update[]): void {
    seen.met.add(from)
    for (const { id, state, accusers = [], epoch, incarnation } of updates) {
      if (new Set(accusers).size !== accusers.length) throw new Error(`S6: an accuser of ${id} counts twice`)
      if (state !== 'dead') continue
      const key = `${id}/${epoch}/${incarnation}`
      seen.declarers.set(key, Math.max(seen.declarers.get(key) ?? 0, accusers.length))
    }
  }

  #checkRecord(member: Member, before: MemberRecord | undefined, record: MemberRecord): void {
    const who = `${member.self.id.slice(0, 8)} about ${record.id.slice(0, 8)}`
    if (record.id === member.self.id && record.status !== 'alive' && record.status !== 'left')
      throw new Error(`S2: it holds itself ${record.status}`)
    const truth = this.#truth.get(record.id)
    if (truth !== undefined && compareLives(record, truth) > 0)
      throw new Error(`S3: ${who} knows a later life than its subject`)
    if (record.status === 'left' && !this.#farewells.has(`${record.id}/${record.epoch}`))
      throw new Error(`S3: ${who} says left of one that did not leave`)
    if (before === undefined || before === record) return
    const later = compareLives(record, before)
    if (later < 0) throw new Error(`S1: ${who} went back from ${before.incarnation} to ${record.incarnation}`)
    if (before.status === 'left' && record.status !== 'left' && record.epoch <= before.epoch)
      throw new Error(`S4: ${who} returned after a farewell`)
    if (before.status === 'dead' && later === 0 && (record.status === 'alive' || record.status === 'suspect'))
      throw new Error(`S4: ${who} returned from death without a later life`)
  }

  #checkEvent(seen: Seen, event: MemberEvent, input: Input): void {
    if (event.type === 'MEMBER_SUSPECT') seen.suspectSinceMs.set(event.member.id, input.nowMs)
    if (event.type === 'MEMBER_JOINED' && !this.#sealed && !seen.met.has(event.member.id))
      throw new Error(`S4: ${event.member.id} joined by hearsay`)
    if (event.type !== 'MEMBER_DEAD') return
    const { id, epoch, incarnation } = event.member
    const declarers = seen.declarers.get(`${id}/${epoch}/${incarnation}`) ?? 0
    const waitedMs = input.nowMs - (seen.suspectSinceMs.get(id) ?? Infinity)
    const ownMs = suspicionMinMs(PRESETS.lan, 1)
    if (declarers < 2 && waitedMs < ownMs - ROUNDING_MS)
      throw new Error(`S5: dead after ${waitedMs} ms on the word of ${declarers}`)
    if (input.kind === 'tick' && input.loopLagMs > 0)
      throw new Error('S5: accused right after standing still')
  }

  #of(member: Member): Seen {
    let seen = this.#seen.get(member)
    if (seen === undefined) {
      seen = {
        records: new Map(),
        met: new Set(),
        suspectSinceMs: new Map(),
        declarers: new Map(),
      }
      this.#seen.set(member, seen)
    }
    return seen
  }
}

function updatesOf(input: Extract<Input, { kind: 'message' }>): readonly Update[] {
  const { message } = input
  return 'updates' in message ? message.updates : 'records' in message ? message.records : []
}
