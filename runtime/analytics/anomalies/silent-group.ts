import type { Detected } from './verdict.ts'

export interface SilentConfig {
  /** Not heard for so long is silent. */
  readonly silentAfterMs: number
  /** Share of a group's members whose silence raises; and below which it is over. */
  readonly shareMin: number
  readonly shareCalm: number
  /** Looks in a row that must agree. */
  readonly looks: number
}

/** Half of a group, or all of it, not heard for a minute, in two looks. */
export const SILENT: SilentConfig = { silentAfterMs: 60_000, shareMin: 0.5, shareCalm: 0.25, looks: 2 }

/** A group as it is looked at: those who should be heard (nobody who left, or was removed), and those who were not. */
export interface GroupSilence {
  readonly members: number
  readonly silent: number
}

export interface SilentState {
  readonly isRaised: boolean
  /** Looks in a row that contradict what is said now. */
  readonly against: number
}

export function startSilent(isRaised = false): SilentState {
  return { isRaised, against: 0 }
}

/**
 * A group of which nothing is heard: more than chance, a switch or a site. A group without members is not silent. The
 * caller must have listened for `silentAfterMs` before the first look.
 */
export function detectSilent(
  config: SilentConfig,
  before: SilentState,
  { members, silent }: GroupSilence,
): Detected<SilentState> {
  const share = members === 0 ? 0 : silent / members
  const contradicts = before.isRaised ? share <= config.shareCalm : share >= config.shareMin
  const against = contradicts ? before.against + 1 : 0
  if (against < config.looks) return { state: { ...before, against }, verdict: undefined }
  const isRaised = !before.isRaised
  return { state: { isRaised, against: 0 }, verdict: isRaised ? 'raise' : 'clear' }
}
