import type { Desire } from '../../actors/vocabulary/desire.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { withDeath, withReturn } from './boot-loop-guard.ts'
import { type Draft, type InputOf, change } from './draft.ts'
import type { GroupInput } from './group-input.ts'
import { type CommittedProof, generationsOf, refusalOf, sameGeneration } from '../store/group-record.ts'
import type { Registration } from './group-service.ts'
import { type BundleProgress, type GroupState, instanceKey } from './group-state.ts'
import { obtainFailed, obtainLocally } from './obtain.ts'
import { desireOfPeer } from './peer-committed.ts'
import { takePersisted } from './persisted.ts'
import {
  type Round,
  type RoundResult,
  answered,
  brokeOff,
  excused,
  joined,
  left,
  ticked,
  withCount,
} from './round.ts'
import { candidateState } from './served-state.ts'
import { candidateOf, committedOf } from './wanted.ts'

/** Takes one input into the draft; what follows from the new state is `reconcile`'s business. */
export function takeInput(draft: Draft, input: GroupInput): void {
  switch (input.type) {
    case 'BOOTED':
      return takeBooted(draft, input)
    case 'DESIRED':
      return takeDesired(draft, input.desire, input.proof)
    case 'PEER_COMMITTED':
      return takePeerCommitted(draft, input.proof)
    case 'REMOVED':
      return takeRemoved(draft)
    case 'LINK_UP':
      return change(draft, { linked: true, bundles: wakingWaiters(draft) })
    case 'LINK_DOWN':
      return change(draft, { linked: false })
    case 'OBTAINED':
      return takeObtained(draft, input)
    case 'OBTAIN_FAILED':
      return obtainFailed(draft, input.digest, input.failure)
    case 'PERSISTED':
      return takePersisted(draft)
    case 'REGISTERED':
      return takeRegistered(draft, input)
    case 'ACKNOWLEDGED':
      return takeAcknowledged(draft, input)
    case 'BYE':
      return takeBye(draft, input.registration)
    case 'DISCONNECTED':
      return takeDisconnected(draft, input.registration)
    case 'WOKEN':
      return eachRound(draft, round => ticked(round, draft.now.monotonicMs))
  }
}

/** A restart serves what was applied here last; anything newer is an open question until central speaks. */
function takeBooted(draft: Draft, input: InputOf<'BOOTED'>): void {
  const { active, member } = draft.state.record
  if (!member || active === null) return
  if (!input.recovered && active.outcome === 'applied') {
    obtainLocally(draft, active)
    return
  }
  const reason = input.recovered ? 'corrupt-state' : 'restart-before-applied'
  change(draft, { falling: { from: active.revision, reason, quarantine: null, unreadable: new Set() } })
}

function takeDesired(draft: Draft, desire: Desire, proof: CommittedProof | undefined): void {
  if (refusesConflict(draft, desire)) return
  const newest = desire.removed ? null : (proof ?? draft.state.proof)
  change(draft, { desire, isFromPeer: false, proof: newest })
  pursue(draft, desire)
}

function takePeerCommitted(draft: Draft, proof: CommittedProof): void {
  const desire = desireOfPeer(draft.state, proof)
  if (desire === undefined || refusesConflict(draft, desire)) return
  change(draft, { desire, isFromPeer: true, proof })
  pursue(draft, desire)
}

function refusesConflict(draft: Draft, desire: Desire): boolean {
  const conflicting = conflictOf(draft, desire)
  if (conflicting === undefined) return false
  const fields = { group: desire.group, revision: conflicting.revision, digest: conflicting.digest }
  const message = `revision ${conflicting.revision} was announced with another content before: refused`
  draft.actions.push({ do: 'warn', code: 'KONOR_AGENT_REVISION_CONFLICT', message, fields })
  return true
}

/** What was under way for another goal is over, and what waited for a word of central is tried anew. */
function pursue(draft: Draft, desire: Desire): void {
  change(draft, { bundles: wakingWaiters(draft) })
  forgetOtherRefusals(draft)
  const { preparing, prepared } = draft.state
  if (preparing !== null && !sameGeneration(preparing.candidate, desire.candidate))
    change(draft, { preparing: null })
  if (prepared !== null && !sameGeneration(prepared.candidate, desire.candidate))
    change(draft, { prepared: null })
}

/** A bundle that could not be had for one revision is tried anew for another one that has the same content. */
function forgetOtherRefusals(draft: Draft): void {
  const { state } = draft
  const bundles = new Map(state.bundles)
  for (const wanted of [candidateOf(state), committedOf(state)])
    if (
      wanted !== null &&
      refusalOf(state.record, wanted) === undefined &&
      bundles.get(wanted.digest)?.refusal
    )
      bundles.delete(wanted.digest)
  change(draft, { bundles })
}

/** A wanted generation whose revision this node knows with another content, in the same timeline. */
function conflictOf(draft: Draft, desire: Desire): Generation | undefined {
  const { record, desire: before } = draft.state
  const known = generationsOf(record).filter(one => one.timeline === desire.timeline)
  const earlier = before?.timeline === desire.timeline ? [before.committed, before.candidate] : []
  const wanted = [desire.committed, desire.candidate].filter(one => one !== null)
  return wanted.find(one =>
    [...known, ...earlier, ...wanted].some(
      other => other !== null && other.revision === one.revision && other.digest !== one.digest,
    ),
  )
}

function takeRemoved(draft: Draft): void {
  const { record, desire } = draft.state
  const { timeline = 0, epoch = 0 } = desire ?? {}
  const nothing = { committed: null, candidate: null, retry: record.retry, removed: true }
  const gone = { group: record.group, timeline, epoch, ...nothing }
  change(draft, { desire: gone, isFromPeer: false, proof: null })
}

function takeObtained(draft: Draft, input: InputOf<'OBTAINED'>): void {
  const ready: BundleProgress = { at: 'ready', failures: 0, retryAtMs: Infinity, refusal: null }
  change(draft, { bundles: new Map(draft.state.bundles).set(input.digest, ready) })
}

function takeRegistered(draft: Draft, input: InputOf<'REGISTERED'>): void {
  const { state } = draft
  const { registration, heldActivation } = input
  const key = instanceKey(registration)
  const { process, instance } = registration
  const guard = state.guard === null ? null : withReturn(state.guard, process, instance)
  const applying =
    state.applying === null
      ? null
      : joined(state.applying, key, process, heldActivation === state.applying.activation)
  change(draft, { guard, applying, registrations: new Map(state.registrations).set(key, registration) })
  if (state.preparing === null) return
  const { candidate, round } = state.preparing
  const next = registration.prepare ? joined(round, key, process, true) : excused(round, process)
  change(draft, { preparing: { candidate, round: next } })
  // It hears now what the others heard when the round was opened.
  if (next.result === null && next.owing.has(key)) {
    const deadlineMs = Math.max(0, next.deadlineMs - draft.now.monotonicMs)
    const served = candidateState(draft.state, candidate, next.activation)
    const event = { event: 'prepare', group: state.record.group, state: served, deadlineMs } as const
    draft.actions.push({ do: 'push', event, to: [key] })
  }
}

function takeAcknowledged(draft: Draft, input: InputOf<'ACKNOWLEDGED'>): void {
  const { activation, phase, outcome, reason } = input.acknowledgement
  const key = instanceKey(input.registration)
  const result: RoundResult = outcome === 'ok' ? { ok: true } : { ok: false, reason: reason ?? 'rejected' }
  const { applying, preparing } = draft.state
  if (phase === 'applied' && applying?.activation === activation)
    change(draft, { applying: answered(applying, key, result) })
  if (phase === 'prepare' && preparing?.round.activation === activation)
    change(draft, { preparing: { ...preparing, round: answered(preparing.round, key, result) } })
}

/** It ends in good order, and with it what an earlier life of the agent had pinned of it. */
function takeBye(draft: Draft, registration: Registration): void {
  withdraw(draft, registration, left)
  change(draft, { inherited: withCount(draft.state.inherited, registration.process, -1) })
}

function takeDisconnected(draft: Draft, registration: Registration): void {
  const { guard, registrations } = draft.state
  if (!registrations.has(instanceKey(registration))) return
  withdraw(draft, registration, brokeOff)
  const { process, instance } = registration
  if (guard !== null) change(draft, { guard: withDeath(guard, process, instance, draft.now.monotonicMs) })
}

function withdraw(draft: Draft, registration: Registration, end: (round: Round, key: string) => Round): void {
  const key = instanceKey(registration)
  const registrations = new Map(draft.state.registrations)
  registrations.delete(key)
  change(draft, { registrations })
  eachRound(draft, round => end(round, key))
}

function eachRound(draft: Draft, turn: (round: Round) => Round): void {
  const { applying, preparing } = draft.state
  if (applying !== null) change(draft, { applying: turn(applying) })
  if (preparing !== null) change(draft, { preparing: { ...preparing, round: turn(preparing.round) } })
}

/** A new word of central, or a new link, is a reason to try again at once what waited for one. */
function wakingWaiters(draft: Draft): GroupState['bundles'] {
  const retryAtMs = draft.now.monotonicMs
  return new Map(
    [...draft.state.bundles].map(([digest, bundle]) => {
      const waits = bundle.at === 'waiting' && bundle.refusal === null && bundle.retryAtMs === Infinity
      return [digest, waits ? { ...bundle, retryAtMs } : bundle]
    }),
  )
}
