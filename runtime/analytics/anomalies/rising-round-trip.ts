import type { Detected } from './verdict.ts'

export interface RisingConfig {
  /** Samples before anything is said: a baseline of less is a guess. */
  readonly samplesMin: number
  /** Samples over which the baseline forgets: slow enough that a rise does not become its own norm at once. */
  readonly memorySamples: number
  /** High is beyond all three: so many times the baseline, … deviations above it, … milliseconds above it. */
  readonly factor: number
  readonly deviations: number
  readonly floorMs: number
  /** Of the newest `recent` samples so many must be high to raise: one spike, or a short one, says nothing. */
  readonly recent: number
  readonly highMin: number
  /** Below so many times the baseline all recent samples clear. */
  readonly calmFactor: number
  /** Raised for so many samples, the new round trip is the norm: it is learned anew. */
  readonly acceptAfter: number
}

/** For samples of 10 s: five minutes to learn, an hour of memory, a minute to be sure, a day to get used to it. */
export const RISING: RisingConfig = {
  samplesMin: 30,
  memorySamples: 360,
  factor: 2,
  deviations: 6,
  floorMs: 5,
  recent: 6,
  highMin: 5,
  calmFactor: 1.5,
  acceptAfter: 8_640,
}

export interface RisingState {
  readonly isRaised: boolean
  readonly samples: number
  readonly baselineMs: number
  /** Mean absolute deviation from the baseline. */
  readonly deviationMs: number
  /** The newest samples, oldest first. */
  readonly recentMs: readonly number[]
  readonly raisedFor: number
}

export const RISING_START: RisingState = {
  isRaised: false,
  samples: 0,
  baselineMs: 0,
  deviationMs: 0,
  recentMs: [],
  raisedFor: 0,
}

/** Goes on with an alert that was raised before a restart, from the baseline that it names. */
export function resumeRising(config: RisingConfig, baselineMs: number): RisingState {
  return { ...RISING_START, isRaised: true, samples: config.samplesMin, baselineMs, deviationMs: 0 }
}

/**
 * A round trip that rises above its own past and stays there. The baseline is an exponentially weighted mean of samples
 * cut off at what would count as high, so that outliers hardly move it; while raised it stands still.
 */
export function detectRising(
  config: RisingConfig,
  before: RisingState,
  sampleMs: number,
): Detected<RisingState> {
  const recentMs = [...before.recentMs, sampleMs].slice(-config.recent)
  return before.isRaised
    ? whileRaised(config, before, recentMs)
    : whileCalm(config, before, recentMs, sampleMs)
}

/** Above this a sample is high. */
export function highAboveMs(config: RisingConfig, { baselineMs, deviationMs }: RisingState): number {
  return Math.max(
    baselineMs * config.factor,
    baselineMs + deviationMs * config.deviations,
    baselineMs + config.floorMs,
  )
}

function whileCalm(
  config: RisingConfig,
  before: RisingState,
  recentMs: readonly number[],
  sampleMs: number,
): Detected<RisingState> {
  const limitMs = highAboveMs(config, before)
  const isLearned = before.samples >= config.samplesMin
  const high = recentMs.filter(ms => ms > limitMs).length
  if (isLearned && recentMs.length === config.recent && high >= config.highMin)
    return { state: { ...before, recentMs, isRaised: true, raisedFor: 0 }, verdict: 'raise' }
  const weight = 1 / Math.min(before.samples + 1, config.memorySamples)
  const takenMs = isLearned ? Math.min(sampleMs, limitMs) : sampleMs
  const baselineMs = before.baselineMs + weight * (takenMs - before.baselineMs)
  const strayedMs = before.samples === 0 ? 0 : Math.abs(takenMs - before.baselineMs)
  const deviationMs = before.deviationMs + weight * (strayedMs - before.deviationMs)
  const samples = Math.min(before.samples + 1, config.memorySamples)
  return { state: { ...before, samples, baselineMs, deviationMs, recentMs }, verdict: undefined }
}

function whileRaised(
  config: RisingConfig,
  before: RisingState,
  recentMs: readonly number[],
): Detected<RisingState> {
  if (before.raisedFor + 1 >= config.acceptAfter) return { state: RISING_START, verdict: 'clear' }
  const calmBelowMs = Math.max(before.baselineMs * config.calmFactor, before.baselineMs + config.floorMs)
  const isCalm = recentMs.length === config.recent && recentMs.every(ms => ms <= calmBelowMs)
  if (!isCalm) return { state: { ...before, recentMs, raisedFor: before.raisedFor + 1 }, verdict: undefined }
  return { state: { ...before, recentMs, isRaised: false, raisedFor: 0 }, verdict: 'clear' }
}
