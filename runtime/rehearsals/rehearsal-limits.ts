import type { RehearsalReport } from './rehearsal-report.ts'

/**
 * What a gate lets through. Shares are 0 to 1; a limit that is reached holds, one that is passed is exceeded.
 */
export interface RehearsalLimits {
  readonly maxRollback?: number
  readonly maxPaused?: number
  readonly maxFailed?: number
  readonly maxBlast?: number
  readonly maxRejected?: number
  readonly maxTime?: { readonly quantile: number; readonly ms: number }
}

/** One limit beside what the rehearsal came to. */
export interface LimitCheck {
  readonly limit: string
  readonly allowed: number
  /** Null: longer than any time, for so many runs never committed. */
  readonly found: number | null
  readonly exceeded: boolean
}

/** Every limit that was given, in a fixed order. */
export function checkLimits(
  limits: RehearsalLimits,
  { shares, blastRadius, rejected }: Pick<RehearsalReport, 'shares' | 'blastRadius' | 'rejected'>,
  quantileMs: (quantile: number) => number,
): readonly LimitCheck[] {
  const { maxRollback, maxPaused, maxFailed, maxBlast, maxRejected, maxTime } = limits
  return [
    ...share('max-rollback', maxRollback, shares['rolled-back']),
    ...share('max-paused', maxPaused, shares.paused),
    ...share('max-failed', maxFailed, shares.failed),
    ...share('max-blast', maxBlast, blastRadius.max),
    ...share('max-rejected', maxRejected, rejected.max),
    ...(maxTime === undefined ? [] : [timeCheck(maxTime, quantileMs(maxTime.quantile))]),
  ]
}

function share(limit: string, allowed: number | undefined, found: number): LimitCheck[] {
  return allowed === undefined ? [] : [{ limit, allowed, found, exceeded: found > allowed }]
}

function timeCheck({ quantile, ms }: { quantile: number; ms: number }, foundMs: number): LimitCheck {
  const found = foundMs === Infinity ? null : foundMs
  return { limit: `max-time p${quantile * 100}`, allowed: ms, found, exceeded: foundMs > ms }
}
