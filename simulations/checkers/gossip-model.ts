import type { Update } from '../../runtime/gossip/core/messages.ts'
import type { GossipStep, RecordChange } from '../cluster/gossip-tape.ts'
import { type GossipGround, keyOf, type Life, updatesIn } from './gossip-ground.ts'
import { DECLARERS_WANTED, type GossipPromise, LONGEST_SUSPICION, TOMBSTONE_MS } from './gossip-promises.ts'

type Held = NonNullable<RecordChange['after']>

/** A member's clock is read in whole steps; sums of them are off by less than this. */
const ROUNDING_MS = 2

interface Suspected {
  readonly life: Life
  readonly sinceMs: number
  /** Accusers that this member has heard of, each once. */
  readonly accusers: Set<string>
  readonly members: number
  /** Time in which the member itself stood still. */
  stoodMs: number
}

/**
 * What one member may hold of the others, asked again of each change: a life follows from what its subject has said, a
 * suspicion from an accuser who saw the silence, and a death from waiting as long as was promised, or from those who
 * did.
 */
export class GossipModel {
  readonly #ground: GossipGround
  readonly #promise: GossipPromise
  readonly #held = new Map<string, Held>()
  readonly #suspected = new Map<string, Suspected>()
  readonly #buriedAtMs = new Map<string, number>()

  constructor(ground: GossipGround, promise: GossipPromise) {
    this.#ground = ground
    this.#promise = promise
  }

  /** Others that it counts as members now. */
  get others(): number {
    return [...this.#held.values()].filter(({ status }) => status === 'alive' || status === 'suspect').length
  }

  get held(): ReadonlyMap<string, Held> {
    return this.#held
  }

  /** What is wrong with a step. */
  take(step: GossipStep): string[] {
    const { observer, input, changes } = step
    this.#hear(step)
    const others = changes.filter(({ id }) => id !== observer.id)
    const wrong = changes
      .filter(({ id, after }) => id === observer.id && after?.status !== 'alive' && after?.status !== 'left')
      .map(({ after }) => `holds itself for ${after?.status ?? 'nobody'}`)
    const before = new Map(updatesOf(step).map(({ id }) => [id, this.#held.get(id)]))
    for (const change of others) wrong.push(...this.#judge(step, change))
    for (const change of others) this.#note(step, change)
    if (input.kind === 'message') wrong.push(...this.#ignored(step, before))
    return wrong
  }

  /** Accusers that are named to it, and time that it lost. */
  #hear(step: GossipStep): void {
    const { input } = step
    if (input.kind === 'tick' && input.loopLagMs >= this.#promise.periodMs / 2)
      for (const one of this.#suspected.values())
        one.stoodMs += Math.min(input.loopLagMs, input.nowMs - one.sinceMs)
    for (const { id, epoch, incarnation, accusers = [] } of updatesOf(step)) {
      const suspected = this.#suspected.get(id)
      if (suspected !== undefined && keyOf(suspected.life) === keyOf({ id, epoch, incarnation }))
        for (const accuser of accusers) suspected.accusers.add(accuser)
    }
  }

  #judge(step: GossipStep, { id, before, after }: RecordChange): string[] {
    if (after === undefined) return this.#judgeForgotten(step, id, before)
    const wrong: string[] = []
    const isSameLife = before !== undefined && keyOf(before) === keyOf(after)
    if (before !== undefined && compare(after, before) < 0) wrong.push('goes back to an earlier life')
    if (before?.status === 'left' && after.status !== 'left' && after.epoch <= before.epoch)
      wrong.push('comes back after its farewell')
    if (isSameLife && before.status === 'dead' && after.status !== 'dead' && after.status !== 'left')
      wrong.push('comes back from death by the same life')
    if (isSameLife && before.status === 'suspect' && after.status === 'alive')
      wrong.push('is cleared without an objection')
    if (after.status !== 'left' && !this.#ground.hasLived(after)) wrong.push('is in a life that it never led')
    if (after.status === 'left' && !this.#ground.hasLeft(id, after.epoch)) wrong.push('never said farewell')
    const isSuspected = after.status === 'suspect' && !(isSameLife && before.status === 'suspect')
    if (isSuspected || after.status === 'dead') wrong.push(...this.#judgeAccusers(step, after))
    if (after.status === 'dead' && before?.status !== 'dead' && before?.status !== 'candidate')
      wrong.push(...this.#judgeDeath(step, after))
    return wrong.map(what => `${keyOf(after)} (${before?.status ?? 'unknown'} to ${after.status}) ${what}`)
  }

  #judgeForgotten({ input }: GossipStep, id: string, before: RecordChange['before']): string[] {
    const buriedAtMs = this.#buriedAtMs.get(id)
    if (before?.status === 'candidate' && !before.joined) return []
    if (buriedAtMs !== undefined && input.nowMs - buriedAtMs >= TOMBSTONE_MS) return []
    return [`forgets ${id} too soon, which it held for ${before?.status ?? 'nobody'}`]
  }

  /** Each accuser saw it, and this one did if it says so. */
  #judgeAccusers({ observer, events }: GossipStep, after: Held): string[] {
    return after.accusers
      .filter(accuser => !this.#ground.hasAccused(accuser, after))
      .filter(
        accuser => accuser !== observer.id || !events.some(one => 'id' in one && one.type === 'PROBE_ENDED'),
      )
      .map(accuser => `is accused by ${accuser}, which does not know of it`)
  }

  /** Either others say so who waited, or this one waited itself. */
  #judgeDeath(step: GossipStep, after: Held): string[] {
    const isDeclared = updatesOf(step).some(
      ({ state, id, accusers = [] }) =>
        state === 'dead' && id === after.id && new Set(accusers).size >= DECLARERS_WANTED,
    )
    if (isDeclared && isNews(step)) return []
    const suspected = this.#suspected.get(after.id)
    if (suspected === undefined || keyOf(suspected.life) !== keyOf(after)) return ['was suspected by nobody']
    const { sinceMs, stoodMs, members } = suspected
    const own = after.accusers.filter(accuser => accuser === step.observer.id)
    const { size } = new Set([...suspected.accusers, ...own])
    const waitedMs = step.input.nowMs - sinceMs - stoodMs
    const wantedMs = this.#patienceMs(members, size)
    return waitedMs + ROUNDING_MS >= wantedMs
      ? []
      : [
          `is buried after ${Math.round(waitedMs)} ms by ${size} accusers: ${Math.round(wantedMs)} were promised`,
        ]
  }

  #patienceMs(members: number, accusers: number): number {
    const { patience, periodMs, confirmations } = this.#promise
    const leastMs = patience * Math.max(1, Math.log10(members)) * periodMs
    if (members - 2 < confirmations) return leastMs
    const share = Math.log(Math.max(1, accusers)) / Math.log(confirmations + 1)
    return Math.max(leastMs, LONGEST_SUSPICION * leastMs - share * (LONGEST_SUSPICION - 1) * leastMs)
  }

  #note({ observer, input }: GossipStep, { id, before, after }: RecordChange): void {
    if (after === undefined) {
      this.#held.delete(id)
      this.#suspected.delete(id)
      return
    }
    const members = 1 + this.others
    this.#held.set(id, after)
    if (after.accusers.includes(observer.id)) this.#ground.accused(observer.id, after)
    if (after.status === 'dead' || after.status === 'left') {
      if (before?.status !== after.status) this.#buriedAtMs.set(id, input.nowMs)
    }
    const isOld = before?.status === 'suspect' && keyOf(before) === keyOf(after)
    if (after.status !== 'suspect') this.#suspected.delete(id)
    else if (!isOld) {
      const accusers = new Set(after.accusers)
      this.#suspected.set(id, { life: after, sinceMs: input.nowMs, accusers, members, stoodMs: 0 })
    } else if (after.accusers.includes(observer.id)) this.#suspected.get(id)?.accusers.add(observer.id)
  }

  /** What it was told and had to believe, and did not. */
  #ignored({ observer, input }: GossipStep, held: ReadonlyMap<string, Held | undefined>): string[] {
    if (input.kind !== 'message') return []
    const { kind } = input.message
    return updatesIn(input.message)
      .filter(({ id }) => id !== observer.id)
      .flatMap(update => {
        const least = this.#leastOf(update, held.get(update.id), kind !== 'sync' && kind !== 'welcome')
        const after = this.#held.get(update.id)
        if (least === undefined || isAtLeast(after, update, least)) return []
        return [`was told that ${keyOf(update)} is ${update.state}, and holds ${told(after)}`]
      })
  }

  /** What must be held at least of that life after such a word; undefined when it may be ignored. */
  #leastOf(update: Update, before: Held | undefined, isNews: boolean): Held['status'] | undefined {
    const { state, accusers = [] } = update
    const later = before === undefined ? 1 : compare(update, before)
    if (before?.status === 'left' && update.epoch <= before.epoch) return undefined
    if (state === 'left')
      return this.#ground.isProven(update) && update.epoch >= (before?.epoch ?? 0) ? 'left' : undefined
    if (!this.#ground.hasLived(update)) return undefined
    if (state === 'alive') return this.#ground.isProven(update) && later > 0 ? 'alive' : undefined
    if (before === undefined || update.epoch !== before.epoch || later < 0) return undefined
    if (before.status !== 'alive' && before.status !== 'suspect') return undefined
    return state === 'dead' && isNews && accusers.length >= DECLARERS_WANTED ? 'dead' : 'suspect'
  }
}

const RANKS = { candidate: 0, alive: 1, suspect: 2, dead: 3, left: 4 } as const

function isAtLeast(after: Held | undefined, update: Update, least: Held['status']): boolean {
  if (after === undefined || after.epoch !== update.epoch) return (after?.epoch ?? -1) > update.epoch
  if (after.status === 'left' || least === 'left') return after.status === 'left'
  const later = after.incarnation - update.incarnation
  return later > 0 || (later === 0 && RANKS[after.status] >= RANKS[least])
}

function updatesOf({ input }: GossipStep): readonly Update[] {
  return input.kind === 'message' ? updatesIn(input.message) : []
}

/** A comparison of views may be old: nobody is buried by it. */
function isNews({ input }: GossipStep): boolean {
  return input.kind === 'message' && input.message.kind !== 'sync' && input.message.kind !== 'welcome'
}

function compare(a: Omit<Life, 'id'>, b: Omit<Life, 'id'>): number {
  return a.epoch - b.epoch || a.incarnation - b.incarnation
}

function told(held: Held | undefined): string {
  return held === undefined ? 'nothing' : `${keyOf(held)} for ${held.status}`
}
