import { hearOfSelf } from './hear-of-self.ts'
import type { MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import type { MemberId, Update } from './messages.ts'
import { compareLives, endsEpoch, isBeyond } from './precedence.ts'
import { becomeAlive, becomeCandidate, becomeDead, becomeLeft, becomeSuspect } from './transitions.ts'
import { announceChange, confirmSuspect, type Living, reportConflict, store, tell } from './transitions.ts'

/** How an update came here: from its subject, as news, or in a comparison of views, which may be old. */
export type Via = 'subject' | 'news' | 'sync'

/** Accusers on whose word a member is dead for those who did not wait themselves. */
const DECLARERS_WANTED = 2

/**
 * Takes in what someone says of a member. Order and repetition of updates do not matter: epoch, then farewell, then
 * incarnation, then the graver state decide, and accusers add up.
 */
export function applyUpdate(state: MemberState, update: Update, via: Via): void {
  if (update.id === state.self.id) {
    if (via !== 'subject') hearOfSelf(state, update)
    return
  }
  const stored = state.table.get(update.id)
  if (stored !== undefined && endsEpoch(stored, update)) return
  if (update.state === 'alive') applyAlive(state, stored, update, via)
  else if (update.state === 'left') applyLeft(state, stored, update, via)
  else applyAccusation(state, stored, update, via)
}

function applyAlive(state: MemberState, stored: MemberRecord | undefined, update: Update, via: Via): void {
  const later = stored === undefined ? 1 : compareLives(update, stored)
  if (later < 0) return
  if (stored !== undefined && later === 0 && stored.status !== 'candidate')
    return enrich(state, stored, update)
  const proof = proofOf(state, update, via)
  if (proof === 'forged') return
  const believed =
    proof !== 'hearsay' ||
    (state.seal === undefined && (stored?.status === 'alive' || stored?.status === 'suspect'))
  if (!believed) {
    if (stored !== undefined && needsItsWord(state, stored, update)) return
    if (stored?.status === 'alive' || stored?.status === 'suspect' || update.address === undefined) return
    if (later > 0 || stored?.address === '') {
      const accusers = later === 0 ? (stored?.accusers ?? []) : []
      becomeCandidate(state, stored, update, { id: update.id, address: update.address, accusers })
    }
    return
  }
  becomeAlive(state, toLiving(update, stored, proof === 'signed'))
  applyEarly(state, update.id)
  if (stored?.status === 'candidate' && later === 0 && stored.accusers.length > 0) {
    const joined = state.table.get(update.id)
    if (joined !== undefined) becomeSuspect(state, joined, update, stored.accusers)
  }
}

/** The proof of a life that we had heard first-hand: now others can be told. */
function enrich(state: MemberState, stored: MemberRecord, update: Update): void {
  if (stored.status !== 'alive' || stored.signature !== undefined || update.signature === undefined) return
  if (proofOf(state, update, 'news') !== 'signed') return
  const record: MemberRecord = {
    ...stored,
    address: update.address ?? stored.address,
    ...(update.metaHash === undefined ? {} : { metaHash: update.metaHash }),
    signature: update.signature,
  }
  store(state, record)
  tell(state, record)
  announceChange(state, stored, record)
}

function applyLeft(state: MemberState, stored: MemberRecord | undefined, update: Update, via: Via): void {
  if (stored !== undefined && update.epoch < stored.epoch) return
  const proof = proofOf(state, update, via)
  if (proof === 'forged' || (proof === 'hearsay' && state.seal !== undefined)) return
  becomeLeft(state, stored, update)
}

/** `suspect`, or `dead`, which counts as no more unless several accusers stand behind it and it is news. */
function applyAccusation(
  state: MemberState,
  stored: MemberRecord | undefined,
  update: Update,
  via: Via,
): void {
  const { accusers = [] } = update
  const later = stored === undefined ? 1 : compareLives(update, stored)
  if (later < 0 || (stored?.status === 'dead' && later === 0)) return
  if (stored !== undefined && needsItsWord(state, stored, update)) return state.early.hold(update)
  if (update.state === 'dead' && via !== 'sync' && accusers.length >= DECLARERS_WANTED)
    return becomeDead(state, stored ?? unknown(update), update, accusers)
  if (stored?.status !== 'alive' && stored?.status !== 'suspect') {
    accuseUnproven(state, stored, update, later)
    return
  }
  if (stored.status === 'alive' || later > 0) becomeSuspect(state, stored, update, accusers)
  else confirmSuspect(state, stored, accusers)
}

/** What was said of the life that a member has begun, before we knew that it had. */
export function applyEarly(state: MemberState, id: MemberId): void {
  const stored = state.table.get(id)
  const early = stored === undefined ? undefined : state.early.take(id, stored)
  // As of old: the member speaks, so it may object before anybody counts it as dead.
  if (early !== undefined) applyAccusation(state, stored, early, 'sync')
}

/** Where lives are proven, nobody but a member that we have met takes it to another epoch. */
function needsItsWord(state: MemberState, stored: MemberRecord, update: Update): boolean {
  return state.seal !== undefined && stored.joined && isBeyond(update, stored)
}

function accuseUnproven(
  state: MemberState,
  stored: MemberRecord | undefined,
  update: Update,
  later: number,
): void {
  const known = later === 0 ? (stored?.accusers ?? []) : []
  const accusers = [...new Set([...known, ...(update.accusers ?? [])])]
  if (later === 0 && accusers.length === known.length) return
  becomeCandidate(state, stored, update, { id: update.id, accusers })
}

function unknown({ id, epoch, incarnation }: Update): MemberRecord {
  return {
    id,
    epoch,
    incarnation,
    status: 'candidate',
    accusers: [],
    address: '',
    joined: false,
    sinceMs: 0,
  }
}

/** What an update about life or farewell is worth. */
function proofOf(
  state: MemberState,
  update: Update,
  via: Via,
): 'signed' | 'first-hand' | 'hearsay' | 'forged' {
  if (state.seal !== undefined && update.signature !== undefined) {
    if (state.seal.verify(update)) return 'signed'
    reportConflict(state, update.id, 'forged')
    return 'forged'
  }
  // Members sign what they say of themselves. Without that anybody who has the group key may have said it.
  return via === 'subject' && state.seal === undefined ? 'first-hand' : 'hearsay'
}

function toLiving(update: Update, stored: MemberRecord | undefined, signed: boolean): Living {
  const { id, epoch, incarnation, metaHash, signature } = update
  return {
    id,
    epoch,
    incarnation,
    address: update.address ?? stored?.address ?? '',
    ...(metaHash === undefined ? {} : { metaHash }),
    ...(signed && signature !== undefined ? { signature } : {}),
  }
}
