import { type Address, kindOf, restOf } from '../../../actors/vocabulary/address.ts'
import { subscriptionAddress } from '../../../actors/vocabulary/addresses.ts'
import { type Digest, digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import type { Leader } from '../../engine/leader.ts'
import { encodeCentralMessage } from '../../links/link-codec.ts'
import type { Link } from '../../links/link.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import {
  desireFrom,
  type GroupWish,
  groupsOf,
  groupWishOf,
  type Share,
  shareOf,
  type Told,
} from './desire-of.ts'
import type { CommittedProofs } from './sign-committed.ts'

/** A desire as it goes out: one object and one encoding for all nodes that get the same. */
interface Offer {
  /** What tells two offers apart; the epoch does not. */
  readonly key: string
  readonly share: Share
  readonly bytes: Uint8Array
}

/** A wish with the offers that were made of it. */
interface Current {
  readonly wish: GroupWish
  readonly key: string
  readonly timeline: number
  readonly epoch: number
  readonly offers: Map<string, Offer>
}

/** One group of one receiver. */
interface Standing {
  sent: Offer | undefined
  told: Told | null
  /** Whether the agent has said, on this link, where it stands, and the journal knows. */
  reported: boolean
}

/** A link that desires go to, with the little that is remembered of it. */
export interface Receiver {
  readonly link: Link
  readonly node: string
  readonly groups: Map<string, Standing>
}

export interface DesireFeedOptions {
  readonly leader: Leader
  readonly proofs: CommittedProofs
  readonly faults: Faults
  readonly logger: Logger
}

/**
 * Keeps every linked agent told what central wants of it. Level-triggered: after records were folded it looks at the
 * groups and subscriptions that they changed, and sends what differs from what that link heard last. The part that is
 * the same for all nodes of a group is computed and encoded once.
 */
export class DesireFeed {
  readonly #leader: Leader
  readonly #proofs: CommittedProofs
  readonly #faults: Faults
  readonly #logger: Logger
  readonly #nodes = new Map<string, Receiver>()
  readonly #members = new Map<string, Set<Receiver>>()
  readonly #current = new Map<string, Current>()
  readonly #dirtyGroups = new Set<string>()
  readonly #dirtySubscriptions = new Set<Address>()
  readonly #unsent = new Map<Receiver, Set<string>>()
  #timeline: number
  #flushing = false
  /** Desires sent since the start. */
  sent = 0

  constructor({ leader, proofs, faults, logger }: DesireFeedOptions) {
    this.#leader = leader
    this.#proofs = proofs
    this.#faults = faults
    this.#logger = logger
    this.#timeline = leader.position.timeline
  }

  /** Sends a welcomed node all its desires, and from then on every change of them. */
  add(receiver: Receiver): void {
    this.#nodes.set(receiver.node, receiver)
    for (const group of groupsOf(this.#leader.view, receiver.node)) this.#refresh(receiver, group)
  }

  remove(receiver: Receiver): void {
    if (this.#nodes.get(receiver.node) === receiver) this.#nodes.delete(receiver.node)
    for (const group of receiver.groups.keys()) this.#leave(receiver, group)
    this.#unsent.delete(receiver)
  }

  /** The agent's report of these groups is recorded: what was held back until it spoke may go out. */
  reported(receiver: Receiver, groups: Iterable<string>): void {
    if (this.#nodes.get(receiver.node) !== receiver) return
    for (const group of groups) {
      const standing = receiver.groups.get(group)
      if (standing === undefined || standing.reported) continue
      standing.reported = true
      this.#refresh(receiver, group)
    }
  }

  /** Whether a desire that this link heard names the blob. */
  names({ groups }: Receiver, digest: Digest): boolean {
    for (const { sent } of groups.values()) {
      const { committed, candidate } = sent?.share ?? {}
      if (committed?.digest === digest || candidate?.digest === digest) return true
    }
    return false
  }

  /** Notes what a record changed; what follows is sent once the records of this moment are all in. */
  note(changed: Iterable<Address>): void {
    if (this.#nodes.size === 0) return
    for (const address of changed) this.#noteOne(address)
    const { timeline } = this.#leader.position
    if (timeline !== this.#timeline) this.#noteAll()
    this.#timeline = timeline
    if (this.#flushing || this.#dirtyGroups.size + this.#dirtySubscriptions.size === 0) return
    this.#flushing = true
    queueMicrotask(() => this.#flush())
  }

  /** Tries again what could not be sent. */
  retry(): void {
    const unsent = [...this.#unsent]
    this.#unsent.clear()
    for (const [receiver, groups] of unsent)
      for (const group of groups) if (receiver.groups.has(group)) this.#refresh(receiver, group)
  }

  #noteOne(address: Address): void {
    const rest = restOf(address)
    switch (kindOf(address)) {
      case 'group':
        this.#dirtyGroups.add(rest)
        break
      case 'rollout':
        this.#dirtyGroups.add(rest.slice(0, rest.lastIndexOf('/')))
        break
      case 'sub':
        this.#dirtySubscriptions.add(address)
        break
      case 'cluster':
        this.#noteAll()
        break
      default:
    }
  }

  #noteAll(): void {
    for (const group of this.#members.keys()) this.#dirtyGroups.add(group)
  }

  #flush(): void {
    this.#flushing = false
    const groups = [...this.#dirtyGroups]
    const subscriptions = [...this.#dirtySubscriptions]
    this.#dirtyGroups.clear()
    this.#dirtySubscriptions.clear()
    for (const group of groups) {
      const before = this.#current.get(group)
      // Most changes of a group are its counters, which no agent needs to hear of.
      if (before !== undefined && this.#renew(group).key === before.key) continue
      for (const receiver of this.#members.get(group) ?? []) this.#refresh(receiver, group)
    }
    for (const address of subscriptions) {
      const rest = restOf(address)
      const slash = rest.indexOf('/')
      const receiver = this.#nodes.get(rest.slice(slash + 1))
      if (receiver !== undefined) this.#refresh(receiver, rest.slice(0, slash))
    }
  }

  #refresh(receiver: Receiver, group: string): void {
    const { view } = this.#leader
    const current = this.#current.get(group) ?? this.#renew(group)
    const record = view.get(subscriptionAddress(group, receiver.node))
    const standing = receiver.groups.get(group)
    const share = shareOf(current.wish, record, standing?.told ?? null)
    if (standing === undefined && share.removed) return
    const known = standing ?? this.#join(receiver, group)
    // A held rollout withholds its candidate from who has not begun; who has may not have been able to say so yet.
    if (current.wish.isHeld && !known.reported && !share.removed) return
    const offer = this.#offerOf(current, share)
    if (known.sent?.key === offer.key) return
    if (!this.#send(receiver, group, offer)) return
    known.sent = offer
    const { candidate } = share
    known.told = candidate && { candidate, whileHeld: current.wish.isHeld }
    if (share.removed) this.#leave(receiver, group)
  }

  #send(receiver: Receiver, group: string, { bytes }: Offer): boolean {
    try {
      this.#faults.hit('central.before-desire')
      if (receiver.link.send(bytes.slice())) {
        this.sent++
        return true
      }
    } catch (error) {
      this.#logger.error(
        { err: error, group, node: receiver.node },
        'a desire was not sent; it is tried again',
      )
    }
    const groups = this.#unsent.get(receiver) ?? new Set()
    this.#unsent.set(receiver, groups.add(group))
    return false
  }

  #renew(group: string): Current {
    const { view, position } = this.#leader
    const wish = groupWishOf(view, group)
    const { timeline, epoch } = position
    const key = `${timeline} ${wish.isGone} ${wish.isHeld} ${keyOf(wish)}`
    const before = this.#current.get(group)
    if (before?.key === key && before.epoch === epoch) return before
    const renewed: Current = { wish, key, timeline, epoch, offers: new Map() }
    if (wish.isGone || !this.#members.has(group)) this.#current.delete(group)
    else this.#current.set(group, renewed)
    return renewed
  }

  #offerOf({ wish, offers, timeline, epoch }: Current, share: Share): Offer {
    const key = `${timeline} ${share.removed} ${keyOf({ ...share, retry: wish.retry })}`
    const known = offers.get(key)
    if (known !== undefined) return known
    const desire = desireFrom(wish, share, { ...this.#leader.position, timeline, epoch })
    const traced = wish.trace === null ? {} : { traceparent: traceparentOf(wish.trace, key) }
    const proven = this.#provenBy(wish, share, { timeline, epoch })
    const message = { t: 'desire', desire, ...proven, ...traced } as const
    const offer: Offer = { key, share, bytes: encodeCentralMessage(message) }
    offers.set(key, offer)
    return offer
  }

  /** Only what the group has committed now is signed: what a draining node may keep is for that node alone. */
  #provenBy(wish: GroupWish, share: Share, order: { readonly timeline: number; readonly epoch: number }) {
    const { group, committed } = wish
    if (committed === null || share.committed?.revision !== committed.revision) return {}
    return { proof: this.#proofs.of(group, order, committed) }
  }

  #join(receiver: Receiver, group: string): Standing {
    const standing: Standing = { sent: undefined, told: null, reported: false }
    receiver.groups.set(group, standing)
    const members = this.#members.get(group) ?? new Set()
    this.#members.set(group, members.add(receiver))
    return standing
  }

  #leave(receiver: Receiver, group: string): void {
    receiver.groups.delete(group)
    const members = this.#members.get(group)
    members?.delete(receiver)
    if (members?.size !== 0) return
    this.#members.delete(group)
    this.#current.delete(group)
    this.#proofs.forget(group)
  }
}

function keyOf({
  committed,
  candidate,
  retry,
}: Pick<GroupWish, 'committed' | 'candidate' | 'retry'>): string {
  const base = `${retry} ${committed?.revision}:${committed?.digest}`
  if (candidate === null) return base
  const { revision, digest, activate, prepareTimeoutMs, applyTimeoutMs } = candidate
  return `${base} ${revision}:${digest} ${activate} ${prepareTimeoutMs} ${applyTimeoutMs}`
}

/** W3C trace context of a desire: the job's trace, and a span of its own that is the same on every replica. */
function traceparentOf(trace: string, key: string): string {
  return `00-${trace}-${digestOfBytes(Buffer.from(key)).slice(0, 16)}-01`
}
