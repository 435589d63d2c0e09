import type { MemberState } from './member-state.ts'
import type { Sender } from './messages.ts'
import { compareLives, endsEpoch, isBeyond } from './precedence.ts'
import { remind } from './send.ts'
import { sendDigest } from './synchronise.ts'
import { becomeAlive, becomeSuspect, reportConflict } from './transitions.ts'

/**
 * Takes a message as first-hand proof that its sender lives, in the life it says. It does not clear a suspicion of
 * that same life, because others hold it too: the sender is told instead, and objects to all at once.
 *
 * @param answered whether an answer follows anyway that will tell the sender what we hold against it.
 */
export function hearFrom(state: MemberState, from: Sender, answered: boolean): void {
  if (from.id === state.self.id) {
    if (from.address !== state.self.address || from.epoch !== state.self.epoch)
      reportConflict(state, from.id, 'own-id-in-use', from.address)
    return
  }
  const stored = state.table.get(from.id)
  if (stored !== undefined && endsEpoch(stored, from)) return
  const later = stored === undefined ? 1 : compareLives(from, stored)
  if (stored !== undefined && (later < 0 || (later === 0 && stored.status === 'dead'))) {
    // It does not know that it was replaced or called dead.
    if (!answered) remind(state, from.id, from.address)
    return
  }
  if (stored !== undefined && later === 0 && stored.status !== 'candidate') {
    if (from.address !== stored.address) reportConflict(state, from.id, 'address-differs', from.address)
    if (stored.status !== 'suspect') return
    const suspicion = state.suspicions.get(from.id)
    if (suspicion !== undefined) suspicion.heardAtMs = state.nowMs
    if (!answered) remind(state, from.id, from.address)
    return
  }
  if (stored?.joined === true && state.seal !== undefined && isBeyond(from, stored))
    return askForProof(state, from)
  const { id, epoch, incarnation } = from
  const keepsAddress = stored !== undefined && stored.epoch === epoch && stored.address !== ''
  const address = keepsAddress ? stored.address : from.address
  const metaHash = stored?.metaHash
  becomeAlive(state, { id, epoch, incarnation, address, ...(metaHash === undefined ? {} : { metaHash }) })
  const joined = state.table.get(id)
  if (stored?.status === 'candidate' && later === 0 && stored.accusers.length > 0 && joined !== undefined) {
    becomeSuspect(state, joined, from, stored.accusers)
    if (!answered) remind(state, id, from.address)
  }
}

/**
 * A packet says that its sender lives in a later epoch. Members, who have the group key, could forge that; the record
 * that the sender has signed is on its way, and a comparison of views brings it where it was lost.
 */
function askForProof(state: MemberState, { id, address }: Sender): void {
  if (state.notices.mayRepeat(`prove/${id}`, state.nowMs, state.config.probeIntervalMs))
    sendDigest(state, address)
}
