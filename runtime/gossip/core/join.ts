import { applyUpdate } from './apply-update.ts'
import { announceSelf, ownUpdate } from './announce-self.ts'
import { isLive } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import type { JoinMessage, MemberAddress, Sender, WelcomeMessage } from './messages.ts'
import { sendDatagram } from './send.ts'
import { recordsIn, takeOver } from './synchronise.ts'

/** Seeds that are asked; more than a few add nothing. */
export const SEEDS_MAX = 16
/** Periods between two welcomes for the same member. */
const WELCOME_QUIET_PERIODS = 0.5

/** Begins to ask the seeds, now and once a period until one of them answers. */
export function startJoining(state: MemberState, seeds: readonly MemberAddress[]): void {
  state.seeds = [...new Set(seeds)].filter(seed => seed !== state.self.address).slice(0, SEEDS_MAX)
  announceSelf(state)
  askSeeds(state)
}

export function askSeeds(state: MemberState): void {
  const { config, nowMs, schedule, seeds } = state
  schedule.joinAtMs = seeds.length === 0 ? Infinity : nowMs + config.probeIntervalMs
  const message: JoinMessage = { kind: 'join', record: ownUpdate(state, 'alive') }
  for (const seed of seeds) sendDatagram(state, seed, message)
}

/** Someone is new or back: it is told all, on a stream to where its own record says it is. */
export function answerJoin(state: MemberState, from: Sender, { record }: JoinMessage): void {
  if (record.id !== from.id || record.state !== 'alive') return
  applyUpdate(state, record, 'subject')
  const joined = state.table.get(from.id)
  if (joined === undefined || !isLive(joined)) return
  const quietMs = WELCOME_QUIET_PERIODS * state.config.probeIntervalMs
  if (!state.notices.mayRepeat(`welcome/${from.id}`, state.nowMs, quietMs)) return
  const records = recordsIn(state)
  state.outputs.push({ kind: 'stream', to: joined.address, message: { kind: 'welcome', records } })
}

export function applyWelcome(state: MemberState, from: Sender, { records }: WelcomeMessage): void {
  if (state.schedule.joinAtMs !== Infinity) {
    state.schedule.joinAtMs = Infinity
    state.events.push({ type: 'SELF_WELCOMED', by: from.id })
  }
  takeOver(state, records)
}
