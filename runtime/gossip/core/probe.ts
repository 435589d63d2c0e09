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
  readonly escalateAtMs: number
  /** When silence becomes an accusation. */
  failAtMs: number
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
  if (isExhausted(probe)) return probe.escalateAtMs
  return probe.phase === 'direct' ? probe.escalateAtMs : probe.failAtMs
}
