import { applyUpdate } from './apply-update.ts'
import { hearFrom } from './hear-from.ts'
import { isLive } from './member-record.ts'
import { isRunning, type MemberState } from './member-state.ts'
import { answerJoin, applyWelcome } from './join.ts'
import type { AckMessage, Message, PingMessage, PingRequestMessage, Sender, Update } from './messages.ts'
import { escalateProbe, succeedProbe } from './run-probe.ts'
import { sendDatagram, sendWithNews } from './send.ts'
import { answerDigest, applySync, noticeView } from './synchronise.ts'
import { reportConflict } from './transitions.ts'

/** Takes in one message. Nothing here looks at a deadline: only ticks decide that someone is late. */
export function receive(state: MemberState, from: Sender, message: Message): void {
  if (from.id === state.self.id) return hearFrom(state, from, true)
  if (message.kind !== 'join') hearFrom(state, from, message.kind === 'ping')
  switch (message.kind) {
    case 'ping':
      return receivePing(state, from, message)
    case 'ack':
      return receiveAck(state, from, message)
    case 'ping-request':
      return receivePingRequest(state, from, message)
    case 'nack':
      if (state.probe?.seq === message.seq) state.probe.nacks++
      return
    case 'gossip':
      return applyNews(state, from, message.updates)
    case 'digest':
      return answerDigest(state, from, message)
    case 'sync':
      return applySync(state, from, message)
    case 'join':
      return answerJoin(state, from, message)
    case 'welcome':
      return applyWelcome(state, from, message)
    case 'event': {
      const { author, lamport, name, payload } = message
      if (state.log.admit(message))
        state.events.push({ type: 'EVENT_RECEIVED', author, lamport, name, payload })
      return
    }
    case 'error':
      return
  }
}

function receivePing(state: MemberState, from: Sender, message: PingMessage): void {
  applyNews(state, from, message.updates)
  noteHeartbeat(state, from, message)
  const { heartbeat } = state.self
  sendWithNews(state, from.address, from.id, {
    kind: 'ack',
    seq: message.seq,
    viewHash: state.table.viewHash,
    loopLagMs: Math.round(state.loopLagMs),
    updates: [],
    ...(heartbeat === undefined ? {} : { heartbeat }),
  })
}

function receiveAck(state: MemberState, from: Sender, message: AckMessage): void {
  applyNews(state, from, message.updates)
  noticeView(state, from, message)
  const { probe } = state
  if (probe?.seq === message.seq) {
    receiveProbeAck(state, from, message)
    return
  }
  noteHeartbeat(state, from, message)
  const helped = state.helping.take(message.seq)
  if (helped === undefined || helped.targetId !== from.id) return
  sendDatagram(state, helped.requester, {
    kind: 'ack',
    seq: helped.requesterSeq,
    subject: { id: from.id, epoch: from.epoch, incarnation: from.incarnation },
    viewHash: state.table.viewHash,
    loopLagMs: message.loopLagMs,
    updates: [],
  })
}

function receiveProbeAck(state: MemberState, from: Sender, message: AckMessage): void {
  const { probe } = state
  if (probe === undefined) return
  const answeredId = message.subject?.id ?? from.id
  if (answeredId !== probe.targetId) {
    if (message.subject !== undefined) return
    // Another lives at its address: waiting there for the target is no use.
    reportConflict(state, probe.targetId, 'address-reused', probe.address)
    escalateProbe(state, probe)
    return
  }
  if (message.subject === undefined) noteHeartbeat(state, from, message, state.nowMs - probe.startedAtMs)
  const direct = message.subject === undefined
  succeedProbe(state, probe, direct ? 'directly' : 'through-helper')
}

/** Pings for a member in need, at the address that we ourselves know: nobody makes us speak to strangers. */
function receivePingRequest(state: MemberState, from: Sender, message: PingRequestMessage): void {
  applyNews(state, from, message.updates)
  const target = state.table.get(message.targetId)
  if (!isRunning(state) || target === undefined || !isLive(target)) return
  const { nowMs, roundTrip, config } = state
  const seq = state.nextSeq++
  const accepted = state.helping.add(seq, {
    requester: from.address,
    requesterSeq: message.seq,
    targetId: target.id,
    nackAtMs: nowMs + roundTrip.directTimeoutMs,
    expiresAtMs: nowMs + roundTrip.directTimeoutMs + config.probeIntervalMs,
    nacked: false,
  })
  if (!accepted) return
  sendWithNews(state, target.address, target.id, {
    kind: 'ping',
    seq,
    localHealth: state.awareness.score,
    updates: [],
  })
}

function applyNews(state: MemberState, from: Sender, updates: readonly Update[]): void {
  for (const update of updates) {
    const own = update.id === from.id && (update.state === 'alive' || update.state === 'left')
    applyUpdate(state, update, own ? 'subject' : 'news')
  }
}

function noteHeartbeat(
  state: MemberState,
  { id }: Sender,
  message: PingMessage | AckMessage,
  roundTripMs?: number,
): void {
  const { heartbeat } = message
  if (heartbeat === undefined) return
  state.events.push({
    type: 'HEARTBEAT_RECEIVED',
    id,
    heartbeat,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    ...(message.kind === 'ack' ? { loopLagMs: message.loopLagMs } : {}),
  })
}
