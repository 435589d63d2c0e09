import type { ConflictReason } from './events.ts'
import { isLive, type MemberRecord, toUpdate, toView } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import { mergeAccusers } from './merge-accusers.ts'
import type { MemberAddress, MemberId, Update } from './messages.ts'
import type { Life } from './precedence.ts'
import { suspicionMinMs } from './scale.ts'
import { Suspicion } from './suspicion.ts'

/** What is known of a member that is proven to live. */
export interface Living extends Life {
  readonly id: MemberId
  readonly address: MemberAddress
  readonly metaHash?: string
  readonly signature?: Uint8Array
}

/** Probers whom a new suspicion may call, for each confirmation that it wants. */
const CONFIRMERS_PER_CONFIRMATION = 2

export function becomeAlive(state: MemberState, living: Living): void {
  const before = state.table.get(living.id)
  const record: MemberRecord = {
    ...living,
    status: 'alive',
    accusers: [],
    joined: true,
    sinceMs: before?.status === 'alive' ? before.sinceMs : state.nowMs,
  }
  store(state, record)
  state.suspicions.stop(living.id)
  state.candidates.remove(living.id)
  tell(state, record)
  announceAlive(state, before, record)
}

/** Bound to the life it speaks of: any later life ends it. */
export function becomeSuspect(
  state: MemberState,
  before: MemberRecord,
  life: Life,
  accusers: readonly MemberId[],
): void {
  const { config, table, nowMs } = state
  const minMs = suspicionMinMs(config, table.live)
  const suspicion = new Suspicion({
    startedAtMs: nowMs,
    minMs,
    maxMs: minMs * config.suspicionMaxFactor,
    // Where too few are left to confirm, nobody is waited for.
    confirmationsWanted: table.live - 2 < config.confirmations ? 0 : config.confirmations,
  })
  for (const accuser of accusers) suspicion.accuse(accuser)
  const record: MemberRecord = {
    ...withoutSignature(before),
    epoch: life.epoch,
    incarnation: life.incarnation,
    status: 'suspect',
    accusers: mergeAccusers([], accusers),
    sinceMs: nowMs,
  }
  store(state, record)
  state.suspicions.start(record.id, suspicion)
  tell(state, record)
  considerConfirming(state, record)
  const wasWaiting = state.damper.doubted(record.id, nowMs)
  if (!wasWaiting)
    state.events.push({ type: 'MEMBER_SUSPECT', member: toView(record), accusers: record.accusers })
}

/** Further accusers of the same life. */
export function confirmSuspect(
  state: MemberState,
  record: MemberRecord,
  accusers: readonly MemberId[],
): void {
  const suspicion = state.suspicions.get(record.id)
  if (suspicion === undefined) return
  const wanted = accusers.filter(accuser => suspicion.accuse(accuser))
  const merged = mergeAccusers(record.accusers, accusers)
  if (merged === record.accusers) return
  const confirmed = { ...record, accusers: merged }
  store(state, confirmed)
  state.suspicions.touch()
  if (wanted.length > 0) tell(state, confirmed)
}

export function becomeDead(
  state: MemberState,
  before: MemberRecord,
  life: Life,
  accusers: readonly MemberId[],
): void {
  const record: MemberRecord = {
    ...withoutSignature(before),
    epoch: life.epoch,
    incarnation: life.incarnation,
    status: 'dead',
    accusers: mergeAccusers(before.status === 'suspect' ? before.accusers : [], accusers),
    sinceMs: state.nowMs,
  }
  bury(state, record)
  if (!record.joined || before.status === 'left' || before.status === 'dead') return
  if (state.damper.died(record.id, state.nowMs))
    state.events.push({ type: 'MEMBER_DEAD', member: toView(record), accusers: record.accusers })
}

export function becomeLeft(state: MemberState, before: MemberRecord | undefined, update: Update): void {
  const { id, epoch } = update
  const sameEpoch = before !== undefined && before.epoch === epoch
  const record: MemberRecord = {
    id,
    epoch,
    incarnation: sameEpoch ? Math.max(before.incarnation, update.incarnation) : update.incarnation,
    status: 'left',
    accusers: [],
    address: before?.address ?? '',
    ...(before?.metaHash === undefined ? {} : { metaHash: before.metaHash }),
    ...(update.signature === undefined ? {} : { signature: update.signature }),
    joined: before?.joined ?? false,
    sinceMs: state.nowMs,
  }
  bury(state, record)
  state.damper.forget(id)
  if (record.joined) state.events.push({ type: 'MEMBER_LEFT', member: toView(record) })
}

/** Someone speaks of a life that we cannot prove. It counts nowhere until it answers us. */
export function becomeCandidate(
  state: MemberState,
  before: MemberRecord | undefined,
  life: Life,
  { id, accusers = [], address }: Pick<Update, 'id' | 'accusers' | 'address'>,
): void {
  const { candidates, table, nowMs, random } = state
  const record: MemberRecord = {
    id,
    epoch: life.epoch,
    incarnation: life.incarnation,
    status: 'candidate',
    accusers: mergeAccusers([], accusers),
    address: address ?? before?.address ?? '',
    joined: before?.joined ?? false,
    sinceMs: nowMs,
  }
  store(state, record)
  if (record.address !== '') candidates.add(id, table.live, nowMs, random.fraction())
  // An accusation of an unknown is kept and passed on: its subject may be known to others, and wants to object.
  if (record.accusers.length > 0) tell(state, record)
}

export function reportConflict(
  state: MemberState,
  id: MemberId,
  reason: ConflictReason,
  address?: MemberAddress,
): void {
  if (!state.notices.mayRepeat(`${reason}/${id}/${address ?? ''}`, state.nowMs, 60_000)) return
  state.events.push({ type: 'MEMBER_CONFLICT', id, reason, ...(address === undefined ? {} : { address }) })
}

export function store(state: MemberState, record: MemberRecord): void {
  const slot = state.table.set(record)
  if (slot !== undefined) state.order.insert(slot)
}

/** Queues what the record says. Life without its subject's proof is not passed on where proofs are in use. */
export function tell(state: MemberState, record: MemberRecord): void {
  const update = toUpdate(record)
  if (update === undefined) return
  const needsProof = update.state === 'alive' || update.state === 'left'
  if (needsProof && state.seal !== undefined && update.signature === undefined) return
  // Whom we learn of in a crowd, others hold: they and we compare views until all do.
  if (state.isTakingOver && update.state === 'alive') state.queue.drop(update.id)
  else state.queue.put(update)
}

function bury(state: MemberState, record: MemberRecord): void {
  store(state, record)
  state.suspicions.stop(record.id)
  state.candidates.remove(record.id)
  if (state.probe?.targetId === record.id) state.probe = undefined
  tell(state, record)
}

function announceAlive(state: MemberState, before: MemberRecord | undefined, record: MemberRecord): void {
  const member = toView(record)
  if (before?.joined !== true) {
    state.newcomers++
    state.events.push({ type: 'MEMBER_JOINED', member })
  } else if (!isLive(before)) {
    if (state.damper.returned(record.id, state.nowMs)) state.events.push({ type: 'MEMBER_ALIVE', member })
  } else if (state.damper.isWaiting(record.id)) return
  else if (before.status === 'suspect') state.events.push({ type: 'MEMBER_ALIVE', member })
  else announceChange(state, before, record)
}

/** A living member moved, was started again, or has other metadata. */
export function announceChange(state: MemberState, before: MemberRecord, record: MemberRecord): void {
  if (differs(before, record)) state.events.push({ type: 'MEMBER_UPDATED', member: toView(record) })
}

function differs(a: MemberRecord, b: MemberRecord): boolean {
  return a.epoch !== b.epoch || a.address !== b.address || a.metaHash !== b.metaHash
}

/** An accusation is not signed: the proof of life is of no use to whom it is passed on. */
function withoutSignature(record: MemberRecord): MemberRecord {
  const { signature: _, ...rest } = record
  return rest
}

/**
 * A few members probe a suspect next instead of whom they would have probed: the dead are confirmed and the living
 * hear that they should object, both sooner, with no datagram more.
 */
function considerConfirming(state: MemberState, record: MemberRecord): void {
  if (record.accusers.includes(state.self.id)) return
  const called = CONFIRMERS_PER_CONFIRMATION * (state.config.confirmations + 1)
  if (state.random.fraction() * state.table.live < called) state.probeNext = record.id
}
