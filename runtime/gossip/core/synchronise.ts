import { applyUpdate } from './apply-update.ts'
import { DIGEST_BUCKETS, SYNC_RECORDS_MAX } from './message-bounds.ts'
import { isLive, toUpdate } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import type { AckMessage, DigestMessage, MemberAddress, Sender, SyncMessage, Update } from './messages.ts'
import { pickMembers } from './pick-members.ts'
import { bucketOf } from './record-hash.ts'
import { digestIntervalMs } from './scale.ts'
import { sendDatagram } from './send.ts'

/** Acks in a row with another view than ours after which we do not wait for the schedule. */
const MISMATCHES_WANTED = 2
/**
 * Newcomers after whom views are compared in the next period, and above which a comparison passes them on alone:
 * it carries each record once, where gossip carries each several times and few in a datagram.
 */
const CROWD = 32
/** Periods between two digests that a mismatch may cause. */
const QUIET_PERIODS = 2

/** The scheduled comparison with a member at random. */
export function sendScheduledDigest(state: MemberState): void {
  const { config, nowMs, schedule, table } = state
  schedule.digestAtMs = nowMs + digestIntervalMs(config, table.live)
  const [peer] = pickMembers(state, 1, ({ status }) => status === 'alive')
  if (peer !== undefined) sendDigest(state, peer.address)
}

export function sendDigest(state: MemberState, to: MemberAddress): void {
  const { viewHash, buckets } = state.table
  state.digestedAtMs = state.nowMs
  state.viewMismatches = 0
  state.newcomers = 0
  sendDatagram(state, to, { kind: 'digest', viewHash, buckets })
}

/** An ack that speaks of another view, again, while we have nothing left to tell: one of us missed something. */
export function noticeView(state: MemberState, from: Sender, { viewHash, subject }: AckMessage): void {
  if (subject !== undefined) return
  // With so many to tell of, gossip is behind, and waiting for it would take longer than comparing.
  const isBehind = state.queue.lives > CROWD
  if (viewHash === state.table.viewHash || (state.queue.size > 0 && !isBehind)) {
    state.viewMismatches = 0
    return
  }
  state.viewMismatches++
  const quietMs = (isBehind ? 1 : QUIET_PERIODS) * state.config.probeIntervalMs
  if (state.viewMismatches < MISMATCHES_WANTED || state.nowMs - state.digestedAtMs < quietMs) return
  sendDigest(state, from.address)
}

/** Answers a digest that differs with our records of the buckets that do. Strangers get nothing. */
export function answerDigest(state: MemberState, from: Sender, digest: DigestMessage): void {
  const asker = state.table.get(from.id)
  if (asker === undefined || !isLive(asker)) return
  const own = state.table.buckets
  const buckets: number[] = []
  for (let bucket = 0; bucket < DIGEST_BUCKETS; bucket++)
    if (own[bucket] !== digest.buckets[bucket]) buckets.push(bucket)
  if (buckets.length === 0) return
  const records = recordsIn(state, buckets)
  state.outputs.push({
    kind: 'stream',
    to: asker.address,
    message: { kind: 'sync', buckets, records, wantsAnswer: true },
  })
}

export function applySync(state: MemberState, from: Sender, sync: SyncMessage): void {
  const asker = state.table.get(from.id)
  if (sync.wantsAnswer && asker !== undefined && isLive(asker)) {
    // Collected first: what they believe of the dead must meet what we knew before they said it.
    const records = recordsIn(state, sync.buckets)
    const message: SyncMessage = { kind: 'sync', buckets: sync.buckets, records, wantsAnswer: false }
    state.outputs.push({ kind: 'stream', to: asker.address, message })
  }
  takeOver(state, sync.records)
}

/** Takes in what another holds. Few records are news to pass on; of many, comparing views does that. */
export function takeOver(state: MemberState, records: readonly Update[]): void {
  state.isTakingOver = records.filter(({ id }) => state.table.get(id)?.joined !== true).length > CROWD
  for (const update of records) applyUpdate(state, update, 'sync')
  state.isTakingOver = false
}

/** Many came at once: the next comparison of views comes soon. */
export function noticeCrowd(state: MemberState): void {
  const { config, nowMs, random, schedule } = state
  if (state.newcomers <= CROWD) return
  state.newcomers = 0
  const soonMs = Math.max(nowMs, state.digestedAtMs + config.probeIntervalMs)
  const wantedMs = soonMs + random.fraction() * config.probeIntervalMs
  schedule.digestAtMs = Math.min(schedule.digestAtMs, wantedMs)
}

/** All that we would tell, of some buckets or of all. */
export function recordsIn(state: MemberState, buckets?: readonly number[]): readonly Update[] {
  const wanted = buckets === undefined ? undefined : new Set(buckets)
  const records: Update[] = []
  for (const record of state.table.records()) {
    if (records.length >= SYNC_RECORDS_MAX) break
    if (wanted !== undefined && !wanted.has(bucketOf(record.id))) continue
    const update = toUpdate(record)
    if (update !== undefined) records.push(update)
  }
  return records
}
