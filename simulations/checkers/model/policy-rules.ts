import type { Tally } from './standing.ts'

/** A policy as a plan names it: which of the two, and every option. */
export interface PolicyRules {
  readonly uses: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What the pages of the policies say of options that nobody set. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  strong: {
    stageTimeout: '10m',
    onStageTimeout: 'abort',
    settleTimeout: '5m',
    onApplyFailure: 'rollback',
    prepareTimeout: '30s',
    applyTimeout: '60s',
  },
  eventual: {
    quorum: 'majority',
    floor: 'third',
    progressTimeout: '10m',
    onTimeout: 'rollback',
    prepareTimeout: '30s',
    applyTimeout: '60s',
  },
}

export function rulesOf(uses: string, given: Readonly<Record<string, unknown>>): PolicyRules {
  return { uses, options: { ...DEFAULTS[uses], ...given } }
}

/** Where a rollout may be while it is decided. */
export type Phase = 'staging' | 'applying' | 'paused' | 'activating' | 'failing'

export type Verdict = 'wait' | 'commit' | 'settle' | 'fail' | { readonly undo: string }

/** What a policy must do now, by its page: it may wait only when nothing else is due. */
export function verdictOf({ uses, options }: PolicyRules, phase: Phase, tally: Tally): Verdict {
  switch (phase) {
    case 'staging':
      if (tally.rejected > 0) return { undo: 'rejected' }
      return tally.staged === tally.nodes ? 'commit' : 'wait'
    case 'activating':
      if (tally.liveApplied >= tally.live) return 'settle'
      return tally.rejected > 0 ? 'fail' : 'wait'
    case 'failing':
      if (options['onApplyFailure'] === 'rollback') return { undo: 'apply-failure' }
      return tally.liveApplied + tally.liveRejected >= tally.live ? 'settle' : 'wait'
    case 'applying': {
      const needed = neededOf(options, tally)
      if (tally.liveApplied >= needed) return 'commit'
      return tally.rejected > 0 && tally.voters - tally.rejected < needed ? { undo: 'rejected' } : 'wait'
    }
    default:
      return uses === '' ? 'settle' : 'wait'
  }
}

/** How many must have applied: the quorum of those that count, and the floor of all that are subscribed. */
function neededOf({ quorum, floor }: PolicyRules['options'], { voters, nodes }: Tally): number {
  const least = floor === 'third' ? (nodes + 2 - ((nodes + 2) % 3)) / 3 : Number(floor)
  return Math.max(quorumOf(quorum, voters), Math.min(least, nodes))
}

function quorumOf(quorum: unknown, voters: number): number {
  if (quorum === 'majority') {
    // The least number that is more than all the others together.
    let most = 0
    while (most * 2 <= voters && most < voters) most++
    return most
  }
  if (typeof quorum !== 'string') return Number(quorum)
  let share = 0
  while (share * 100 < voters * Number(quorum.replace('%', ''))) share++
  return share
}

/** The option that bounds a phase, and what happens when that time is over; undefined: nothing bounds it. */
export function limitOf(
  { options }: PolicyRules,
  phase: Phase,
): { ms: number; verdict: Verdict | 'pause'; why: string } | undefined {
  const limit = (option: string, why: string, verdict: Verdict | 'pause') => ({
    ms: msOf(String(options[option])),
    verdict,
    why,
  })
  switch (phase) {
    case 'staging':
      return limit(
        'stageTimeout',
        'stage-timeout',
        options['onStageTimeout'] === 'pause' ? 'pause' : { undo: 'stage-timeout' },
      )
    case 'applying':
      return limit(
        'progressTimeout',
        'progress-timeout',
        options['onTimeout'] === 'pause' ? 'pause' : { undo: 'progress-timeout' },
      )
    case 'activating':
    case 'failing':
      return limit('settleTimeout', 'settle-timeout', 'settle')
    default:
      return undefined
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s` in milliseconds. */
export function msOf(duration: string): number {
  const unit = duration.replace(/^\d+/, '')
  return Number(duration.slice(0, duration.length - unit.length)) * (UNIT_MS[unit] ?? Number.NaN)
}
