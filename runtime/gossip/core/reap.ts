import type { MemberState } from './member-state.ts'

/** How often the table is looked through. */
const REAP_INTERVAL_MS = 60_000
/** An accusation of someone whom nobody ever introduced is kept for this long. */
const CANDIDATE_MS = 60_000

/** Forgets tombstones whose time is over, of every kind, and candidates who never proved that they exist. */
export function reap(state: MemberState): void {
  const { config, nowMs, schedule, table } = state
  schedule.reapAtMs = nowMs + Math.min(REAP_INTERVAL_MS, config.tombstoneMs)
  for (const record of table.changes()) {
    if (record.status === 'alive' || record.status === 'suspect') continue
    const keptMs = record.status === 'candidate' ? CANDIDATE_MS : config.tombstoneMs
    if (nowMs - record.sinceMs < keptMs) continue
    table.delete(record.id)
    state.queue.drop(record.id)
    state.candidates.remove(record.id)
    state.damper.forget(record.id)
    if (record.joined) state.events.push({ type: 'MEMBER_REAPED', id: record.id })
  }
}
