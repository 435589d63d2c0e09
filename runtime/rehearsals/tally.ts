import { checkLimits, type RehearsalLimits } from './rehearsal-limits.ts'
import {
  REHEARSAL_ENDS,
  type RehearsalEnd,
  type RehearsalOutcome,
  shareRejected,
} from './rehearsal-outcome.ts'
import {
  type Quantiles,
  type ReasonCount,
  REHEARSAL_REPORT_SCHEMA,
  type RehearsalIdentity,
  type RehearsalReport,
  type RejectedReport,
} from './rehearsal-report.ts'

/** What outcomes alone tell. */
type TallyReport = Omit<RehearsalReport, 'scene' | 'notes' | 'wanted'>

/** Causes that are listed for one reason. */
const CAUSES_SHOWN_MAX = 5

/** Collects outcomes, in whatever order they come; of stories it keeps the worst run's alone. */
export class Tally {
  readonly #outcomes: Omit<RehearsalOutcome, 'story'>[] = []
  #worst: RehearsalOutcome | null = null

  get runs(): number {
    return this.#outcomes.length
  }

  add(outcome: RehearsalOutcome): void {
    const { story: _, ...rest } = outcome
    this.#outcomes.push(rest)
    if (this.#worst === null || compareWorse(outcome, this.#worst) < 0) this.#worst = outcome
  }

  /** Runs by how they ended. */
  get ends(): Readonly<Record<RehearsalEnd, number>> {
    const counts = REHEARSAL_ENDS.map(end => [end, this.#outcomes.filter(one => one.end === end).length])
    return Object.fromEntries(counts) as Record<RehearsalEnd, number>
  }

  report(identity: RehearsalIdentity, limits: RehearsalLimits): TallyReport {
    const { ends, runs } = this
    const counts = REHEARSAL_ENDS.map(end => [end, runs === 0 ? 0 : ends[end] / runs])
    const shares = Object.fromEntries(counts) as Record<RehearsalEnd, number>
    const blastRadius = maxAndMean(this.#outcomes.map(one => one.blastRadius))
    const rejected = this.#rejected()
    const checks = checkLimits(limits, { shares, blastRadius, rejected }, quantile => this.#timeMs(quantile))
    return {
      schema: REHEARSAL_REPORT_SCHEMA,
      identity,
      runs,
      ends,
      shares,
      commitMs: this.#commitMs(),
      blastRadius,
      rejected,
      reasons: this.#reasons(),
      worst: this.#worst,
      limits: checks,
      exceeded: checks.some(({ exceeded }) => exceeded),
    }
  }

  #rejected(): RejectedReport {
    const outcomes = this.#outcomes.toSorted((a, b) => shareRejected(b) - shareRejected(a) || a.seed - b.seed)
    const [first] = outcomes
    const committed = outcomes.find(({ end }) => end === 'committed')
    return {
      ...maxAndMean(outcomes.map(shareRejected)),
      maxCommitted: committed === undefined ? 0 : shareRejected(committed),
      worst:
        first === undefined || first.rejected === null
          ? null
          : { ...first.rejected, seed: first.seed, end: first.end },
    }
  }

  #commitMs(): Quantiles | null {
    const times = this.#outcomes
      .flatMap(({ end, commitMs }) => (end === 'committed' && commitMs !== null ? [commitMs] : []))
      .toSorted((a, b) => a - b)
    if (times.length === 0) return null
    const at = (quantile: number): number => quantileOf(times, quantile)
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
  }

  /** Over all runs: one that did not commit took for ever. */
  #timeMs(quantile: number): number {
    const times = this.#outcomes.map(({ end, commitMs }) =>
      end === 'committed' ? (commitMs ?? Infinity) : Infinity,
    )
    return times.length === 0
      ? Infinity
      : quantileOf(
          times.toSorted((a, b) => a - b),
          quantile,
        )
  }

  #reasons(): readonly ReasonCount[] {
    const byReason = new Map<string, Omit<RehearsalOutcome, 'story'>[]>()
    for (const outcome of this.#outcomes) {
      if (outcome.end === 'committed') continue
      const key = `${outcome.end} ${outcome.reason}`
      byReason.set(key, [...(byReason.get(key) ?? []), outcome])
    }
    return [...byReason.values()].map(reasonOf).toSorted((a, b) => b.runs - a.runs || a.seed - b.seed)
  }
}

function reasonOf(outcomes: readonly Omit<RehearsalOutcome, 'story'>[]): ReasonCount {
  const [first] = outcomes.toSorted((a, b) => a.seed - b.seed)
  const causes = new Map<string, number>()
  for (const { because } of outcomes)
    if (because !== null) causes.set(because, (causes.get(because) ?? 0) + 1)
  const because = [...causes]
    .map(([what, runs]) => ({ what, runs }))
    .toSorted((a, b) => b.runs - a.runs || (a.what < b.what ? -1 : 1))
    .slice(0, CAUSES_SHOWN_MAX)
  const { end = 'failed', reason = null, seed = 0 } = first ?? {}
  return { end, reason: reason ?? 'no reason given', runs: outcomes.length, because, seed }
}

const BADNESS: Readonly<Record<RehearsalEnd, number>> = {
  failed: 3,
  'rolled-back': 2,
  paused: 1,
  committed: 0,
}

/**
 * Negative when `one` went worse: what harmed more nodes, then how it ended, then what took longer; then the
 * seed.
 */
function compareWorse(one: RehearsalOutcome, other: RehearsalOutcome): number {
  return (
    harmOf(other) - harmOf(one) ||
    BADNESS[other.end] - BADNESS[one.end] ||
    other.endMs - one.endMs ||
    one.seed - other.seed
  )
}

/** A node that rejected was harmed as one that ran what was taken back, also where a quorum committed. */
function harmOf(outcome: RehearsalOutcome): number {
  return Math.max(outcome.blastRadius, shareRejected(outcome))
}

function maxAndMean(shares: readonly number[]): { readonly max: number; readonly mean: number } {
  // Sorted, so that the sum is rounded the same way in whatever order they came.
  const sorted = shares.toSorted((a, b) => a - b)
  return {
    max: sorted.at(-1) ?? 0,
    mean: sorted.reduce((sum, one) => sum + one, 0) / Math.max(1, sorted.length),
  }
}

/** The nearest rank: a value that was really seen. */
function quantileOf(sorted: readonly number[], quantile: number): number {
  const rank = Math.max(1, Math.ceil(quantile * sorted.length))
  return sorted[Math.min(rank, sorted.length) - 1] ?? Infinity
}
