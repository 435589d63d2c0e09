import type { MemberAddress, MemberId } from './messages.ts'

/** The one question that a member has open: does the target of this period live? */
export interface Probe {
  readonly seq: number
  readonly targetId: MemberId
  readonly targetEpoch: number
  readonly targetIncarnation: number
  readonly address: MemberAddress
  readonly startedAtMs: number
  /** When helpers and a stream are tried. */
  escalateAtMs: number
  /** When silence becomes an accusation. */
  failAtMs: number
  /** It does not fail before, whatever is known of it. */
  heldUntilMs: number
  phase: 'direct' | 'escalated'
  /** Helpers that were asked, and how many said that they are well but heard nothing. */
  helpersAsked: number
  nacks: number
  /** The stream was refused or answered by someone else: it will not answer any more. */
  streamFailed: boolean
}

/** Whether every way was tried and each one said no, so that waiting longer cannot change the outcome. */
export function isExhausted(probe: Probe): boolean {
  return (
    probe.phase === 'escalated' &&
    probe.streamFailed &&
    probe.helpersAsked > 0 &&
    probe.nacks >= probe.helpersAsked
  )
}

/** When the probe wants to be looked at again. */
export function probeDueMs(probe: Probe | undefined): number {
  if (probe === undefined) return Infinity
  if (probe.phase === 'direct') return probe.escalateAtMs
  return Math.max(isExhausted(probe) ? probe.escalateAtMs : probe.failAtMs, probe.heldUntilMs)
}

/** We stood still for `lagMs`: that time is nobody's silence, and until `untilMs` the probe does not fail. */
export function delayProbe(probe: Probe, lagMs: number, untilMs: number): void {
  probe.escalateAtMs += lagMs
  probe.failAtMs += lagMs
  probe.heldUntilMs = Math.max(probe.heldUntilMs, untilMs)
}
