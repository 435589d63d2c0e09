import { isLive, type MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import type { MemberId } from './messages.ts'
import { pickMembers } from './pick-members.ts'
import { compareLives } from './precedence.ts'
import { isExhausted, type Probe } from './probe.ts'
import { sendDatagram, sendWithNews } from './send.ts'
import { becomeSuspect, confirmSuspect } from './transitions.ts'

/** Begins the probe of this period, unless the one before is still open. */
export function startProbe(state: MemberState): void {
  const { awareness, config, nowMs, roundTrip, schedule, self } = state
  const periodMs = config.probeIntervalMs * awareness.factor
  schedule.probeAtMs = nowMs + periodMs
  if (state.probe !== undefined) return
  const target = nextTarget(state)
  if (target === undefined) return
  const { id: targetId, epoch: targetEpoch, incarnation: targetIncarnation, address } = target
  const failAtMs = nowMs + config.probeTail * periodMs
  const directMs = roundTrip.directTimeoutMs * awareness.factor
  state.probe = {
    seq: state.nextSeq++,
    targetId,
    targetEpoch,
    targetIncarnation,
    address,
    startedAtMs: nowMs,
    escalateAtMs: Math.min(failAtMs, nowMs + directMs),
    failAtMs,
    heldUntilMs: -Infinity,
    phase: 'direct',
    helpersAsked: 0,
    nacks: 0,
    streamFailed: false,
  }
  sendWithNews(state, address, targetId, {
    kind: 'ping',
    seq: state.probe.seq,
    localHealth: awareness.score,
    updates: [],
    ...(self.heartbeat === undefined ? {} : { heartbeat: self.heartbeat }),
  })
}

/** No direct answer: asks helpers, and tries a stream, both at once. */
export function escalateProbe(state: MemberState, probe: Probe): void {
  if (probe.phase === 'escalated') return
  probe.phase = 'escalated'
  const { config, nowMs, roundTrip, awareness } = state
  // Called late, the helpers still get the time that they need.
  const helpMs = 2 * roundTrip.directTimeoutMs * awareness.factor
  probe.failAtMs = Math.max(probe.failAtMs, nowMs + Math.min(helpMs, config.probeIntervalMs / 2))
  const helpers = pickMembers(
    state,
    config.helpers,
    ({ id, status }) => status === 'alive' && id !== probe.targetId,
  )
  probe.helpersAsked = helpers.length
  for (const helper of helpers) {
    sendWithNews(state, helper.address, helper.id, {
      kind: 'ping-request',
      seq: probe.seq,
      targetId: probe.targetId,
      updates: [],
    })
  }
  state.outputs.push({
    kind: 'stream-probe',
    to: probe.address,
    seq: probe.seq,
    targetId: probe.targetId,
    timeoutMs: probe.failAtMs - nowMs,
  })
}

export function succeedProbe(
  state: MemberState,
  probe: Probe,
  reached: 'directly' | 'through-helper' | 'by-stream',
): void {
  state.probe = undefined
  const roundTripMs = state.nowMs - probe.startedAtMs
  if (reached === 'directly') state.roundTrip.sample(roundTripMs)
  // A stream alone says that datagrams are lost: no reason to feel better.
  if (reached !== 'by-stream') state.awareness.adjust(-1)
  const id = probe.targetId
  state.events.push({
    type: 'PROBE_ENDED',
    id,
    reached,
    ...(reached === 'directly' ? { roundTripMs } : {}),
  })
}

/** Every way was tried. Helpers that are well but stay silent too say that the fault may be ours. */
export function failProbe(state: MemberState, probe: Probe): void {
  state.probe = undefined
  state.awareness.adjust(probe.helpersAsked > 0 ? Math.max(0, probe.helpersAsked - probe.nacks) : 1)
  state.events.push({ type: 'PROBE_ENDED', id: probe.targetId })
  if (state.nowMs < state.mutedUntilMs) return
  const record = state.table.get(probe.targetId)
  if (record === undefined || !isLive(record)) return
  const probed = { epoch: probe.targetEpoch, incarnation: probe.targetIncarnation }
  // It has begun a later life since: the silence was about another one.
  if (compareLives(record, probed) !== 0) return
  if (record.status === 'alive') becomeSuspect(state, record, probed, [state.self.id])
  else confirmSuspect(state, record, [state.self.id])
}

/** What the clock asks of the open probe. */
export function superviseProbe(state: MemberState): void {
  const { probe, nowMs } = state
  if (probe === undefined) return
  if (probe.phase === 'direct') {
    if (probe.escalateAtMs <= nowMs) escalateProbe(state, probe)
  } else if (probe.heldUntilMs <= nowMs && (isExhausted(probe) || probe.failAtMs <= nowMs)) {
    failProbe(state, probe)
  }
}

/** Asks a member whether it lives, outside of the round: of a candidate, or of one believed dead. */
export function pingOnce(state: MemberState, record: MemberRecord): void {
  sendWithNews(state, record.address, record.id, {
    kind: 'ping',
    seq: state.nextSeq++,
    localHealth: state.awareness.score,
    updates: [],
  })
}

/** Asks whoever is at an address. */
export function pingAddress(state: MemberState, to: string): void {
  const { score: localHealth } = state.awareness
  sendDatagram(state, to, { kind: 'ping', seq: state.nextSeq++, localHealth, updates: [] })
}

function nextTarget(state: MemberState): MemberRecord | undefined {
  const wanted = takeWanted(state)
  if (wanted !== undefined) return wanted
  const { table, order, self } = state
  // Two passes: the rest of this one may hold only ourselves and the dead.
  for (let tried = 0; tried < 2 * table.slots + 1; tried++) {
    const record = table.at(order.next(table.slots))
    if (record !== undefined && record.id !== self.id && isLive(record)) return record
  }
  return undefined
}

/** A suspect that we were called to confirm, if it still is one. */
function takeWanted(state: MemberState): MemberRecord | undefined {
  const id: MemberId | undefined = state.probeNext
  state.probeNext = undefined
  const record = id === undefined ? undefined : state.table.get(id)
  return record?.status === 'suspect' ? record : undefined
}
