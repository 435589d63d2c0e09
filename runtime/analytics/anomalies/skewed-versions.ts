import type { Detected } from './verdict.ts'

export interface SkewConfig {
  /** An upgrade takes its time: more than one version for longer than this raises. */
  readonly graceMs: number
}

export const SKEW: SkewConfig = { graceMs: 1_800_000 }

export interface SkewState {
  readonly isRaised: boolean
  /** Since when there is more than one version; null while there is one. */
  readonly mixedSinceMs: number | null
}

export function startSkew(isRaised = false): SkewState {
  return { isRaised, mixedSinceMs: null }
}

/** More than one agent version among a group's living members for longer than an upgrade takes. */
export function detectSkew(
  config: SkewConfig,
  before: SkewState,
  nowMs: number,
  versions: number,
): Detected<SkewState> {
  if (versions <= 1) {
    const state = { isRaised: false, mixedSinceMs: null }
    return { state, verdict: before.isRaised ? 'clear' : undefined }
  }
  const mixedSinceMs = before.mixedSinceMs ?? nowMs
  const isLong = nowMs - mixedSinceMs >= config.graceMs
  const isRaised = before.isRaised || isLong
  return { state: { isRaised, mixedSinceMs }, verdict: isRaised && !before.isRaised ? 'raise' : undefined }
}
