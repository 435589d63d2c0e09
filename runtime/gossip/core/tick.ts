import { gossipRound } from './gossip-round.ts'
import { heal } from './heal.ts'
import { askSeeds } from './join.ts'
import { departIfDone } from './leave.ts'
import { toView } from './member-record.ts'
import { isRunning, type MemberState } from './member-state.ts'
import { alignGossip } from './next-wake.ts'
import { reap } from './reap.ts'
import { pingOnce, startProbe, superviseProbe } from './run-probe.ts'
import { remind, sendDatagram } from './send.ts'
import { guardAgainstStall } from './stall-guard.ts'
import { noticeCrowd, sendScheduledDigest } from './synchronise.ts'
import { becomeDead } from './transitions.ts'

/** Does what is due. The only place where silence becomes a fact. */
export function tick(state: MemberState, loopLagMs: number): void {
  const { nowMs, schedule } = state
  const lagMs = Math.max(loopLagMs, nowMs - Math.min(state.owedTickMs, state.nextWakeMs))
  state.owedTickMs = Infinity
  state.loopLagMs = Math.max(0, lagMs)
  if (state.queue.size === 0 && !state.log.hasWaiting) alignGossip(state)
  guardAgainstStall(state, lagMs)
  sayNacks(state)
  if (isRunning(state)) {
    if (schedule.joinAtMs <= nowMs) askSeeds(state)
    superviseProbe(state)
    judgeSuspects(state)
    verifyCandidates(state)
    if (schedule.probeAtMs <= nowMs) startProbe(state)
    if (schedule.digestAtMs <= nowMs) sendScheduledDigest(state)
    if (schedule.healAtMs <= nowMs) heal(state)
    announceReturns(state)
  }
  if (schedule.forwardAtMs <= nowMs) {
    schedule.forwardAtMs = Infinity
    // One in the time of a round: where news is dense it goes together, in few datagrams.
    schedule.nextForwardMs = nowMs + state.config.gossipIntervalMs
    gossipRound(state, true)
  }
  if (schedule.gossipAtMs <= nowMs) {
    alignGossip(state)
    gossipRound(state, false)
  }
  if (schedule.reapAtMs <= nowMs) reap(state)
}

function judgeSuspects(state: MemberState): void {
  const { nowMs, suspicions, table } = state
  if (nowMs < state.mutedUntilMs) return
  for (const [id, suspicion] of suspicions.due(nowMs)) {
    const record = table.get(id)
    if (record?.status !== 'suspect') {
      suspicions.stop(id)
    } else if (suspicion.heardAtMs !== undefined && !suspicion.graced) {
      // It spoke to us since, so it lives; that it did not object says that it did not hear us.
      suspicion.graced = true
      suspicion.restart(nowMs)
      suspicions.touch()
      remind(state, id, record.address)
    } else becomeDead(state, record, record, record.accusers)
  }
}

function sayNacks(state: MemberState): void {
  for (const { requester, requesterSeq } of state.helping.due(state.nowMs))
    sendDatagram(state, requester, { kind: 'nack', seq: requesterSeq })
}

function verifyCandidates(state: MemberState): void {
  const { candidates, nowMs, table } = state
  if (candidates.nextMs > nowMs) return
  const { ping, lost } = candidates.due(nowMs)
  for (const id of ping) {
    const record = table.get(id)
    if (record?.status === 'candidate') pingOnce(state, record)
    else candidates.remove(id)
  }
  for (const id of lost) {
    const record = table.get(id)
    if (record?.status !== 'candidate') continue
    // One that had been a member stays buried, at the life that was claimed for it; a stranger is forgotten.
    if (record.joined) table.set({ ...record, status: 'dead', sinceMs: nowMs })
    else table.delete(id)
  }
}

function announceReturns(state: MemberState): void {
  for (const id of state.damper.due(state.nowMs)) {
    const record = state.table.get(id)
    if (record?.status === 'alive') state.events.push({ type: 'MEMBER_ALIVE', member: toView(record) })
  }
}

/** After every input: what it left to do early, or that the farewell is over. */
export function settle(state: MemberState): void {
  const { config, nowMs, queue, random, schedule } = state
  if (config.earlyForwardMs > 0 && schedule.forwardAtMs === Infinity && queue.hasUnsent)
    schedule.forwardAtMs = Math.max(nowMs, schedule.nextForwardMs) + random.fraction() * config.earlyForwardMs
  noticeCrowd(state)
  departIfDone(state)
}
