import { REHEARSAL_ENDS, type RehearsalOutcome, shareRejected } from '../../rehearsals/rehearsal-outcome.ts'
import type { RehearsalIdentity, RehearsalReport } from '../../rehearsals/rehearsal-report.ts'
import type { BoundedNames } from '../../rehearsals/scene-of.ts'
import { renderTable } from '../output/table.ts'

/** Lines of the worst run's story that a report shows; `--seed` shows all. */
const STORY_LINES_SHOWN = 25

/** The line that names a rehearsal: with it and the same program it can be had again. */
export function renderIdentity(identity: RehearsalIdentity): string {
  const { version, seeds, nodes, groups, faults, rejectShare, slowP99Ms, digest } = identity
  const [first, last] = seeds
  const range = first === last ? `seed ${first}` : `seeds ${first}..${last}`
  const model = `faults=${faults} reject=${percent(rejectShare)} slow=p99=${duration(slowP99Ms)}`
  return `rehearsal ${digest.slice(0, 12)}: konor ${version}, ${range}, nodes=${nodes} groups=${groups} ${model}`
}

export function renderReport(report: RehearsalReport): string {
  const parts = [renderHead(report), renderEnds(report), renderTimes(report), renderReasons(report)]
  return `${[...parts, renderLimits(report), renderWorst(report)].filter(part => part !== '').join('\n\n')}\n`
}

/** One run: how it ended, and all of its story that was kept. */
export function renderOutcome(report: RehearsalReport, outcome: RehearsalOutcome): string {
  return `${renderHead(report)}\n\n${outcome.story.join('\n')}\n\n${verdictOf(outcome)}\n`
}

/** Which rehearsal it is, what changes in it, who is not there, and what it cannot show. */
function renderHead({ identity, scene, notes, runs, wanted }: RehearsalReport): string {
  const { groups, paths, away } = scene
  const changes = [groups, paths].filter(({ count }) => count > 0).map(namesOf)
  return [
    renderIdentity(identity),
    `changes: ${changes.join(', at ')}`,
    ...(away.count === 0 ? [] : [`away: ${namesOf(away)}`]),
    ...notes.map(note => `note: ${note}`),
    ...(runs < wanted ? [`stopped after ${runs} of ${wanted}`] : []),
  ].join('\n')
}

function namesOf({ names, count }: BoundedNames): string {
  const more = count - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}

function renderEnds({ ends, shares, runs }: RehearsalReport): string {
  const rows = REHEARSAL_ENDS.map(end => ({ end, runs: ends[end], share: percent(shares[end]) }))
  const table = renderTable(
    rows,
    [
      { title: `OF ${runs} RUNS`, cell: row => row.end },
      { title: 'RUNS', cell: row => row.runs },
      { title: 'SHARE', cell: row => row.share },
    ],
    false,
  )
  return table.trimEnd()
}

function renderTimes({ commitMs, blastRadius, rejected }: RehearsalReport): string {
  const blast = `blast radius     worst ${percent(blastRadius.max)}, mean ${percent(blastRadius.mean)} of the nodes`
  const harm = `${blast}\n${renderRejected(rejected)}`
  if (commitMs === null) return `time to commit   never\n${harm}`
  const { p50, p90, p99, max } = commitMs
  const times = [
    `p50 ${duration(p50)}`,
    `p90 ${duration(p90)}`,
    `p99 ${duration(p99)}`,
    `max ${duration(max)}`,
  ]
  return `time to commit   ${times.join(', ')}\n${harm}`
}

/** A quorum commits over the heads of those who rejected: of them the numbers of ends say nothing. */
function renderRejected({ mean, maxCommitted, worst }: RehearsalReport['rejected']): string {
  if (worst === null) return 'rejected by      no node'
  const { nodes, of, group, end } = worst
  const most = `rejected by      worst ${nodes} of ${of} nodes of ${group}, mean ${percent(mean)}`
  if (end === 'committed') return `${most}, in runs that committed`
  return `${most}; in runs that committed worst ${percent(maxCommitted)}`
}

function renderReasons({ reasons }: RehearsalReport): string {
  return reasons
    .map(({ end, reason, runs, because, seed }) => {
      const causes = because.map(({ what, runs: times }) => `  ${String(times).padStart(5)} × ${what}`)
      return [`${end} in ${runs} runs: ${reason} (see --seed ${seed})`, ...causes].join('\n')
    })
    .join('\n')
}

function renderLimits({ limits, runs }: RehearsalReport): string {
  // Of nothing that was played, every limit holds.
  if (runs === 0) return ''
  return limits
    .map(({ limit, allowed, found, exceeded }) => {
      const show = limit.startsWith('max-time') ? duration : percent
      return `${exceeded ? 'EXCEEDED' : 'ok      '} ${limit} ${show(allowed)}: ${found === null ? 'never' : show(found)}`
    })
    .join('\n')
}

function renderWorst({ worst }: RehearsalReport): string {
  if (worst === null) return ''
  const { story } = worst
  const shown = story.slice(0, STORY_LINES_SHOWN)
  const more = story.length - shown.length
  const rest = more > 0 ? [`      ... ${more} more lines: --seed ${worst.seed}`] : []
  return [`the worst run, seed ${worst.seed}: ${verdictOf(worst)}`, ...shown, ...rest].join('\n')
}

function verdictOf(outcome: RehearsalOutcome): string {
  const { end, reason, because, commitMs, endMs, blastRadius, rejected } = outcome
  if (end === 'committed') {
    const but =
      rejected === null
        ? ''
        : `; but ${rejected.nodes} of ${rejected.of} nodes of ${rejected.group} rejected it (${percent(shareRejected(outcome))})`
    return `committed after ${duration(commitMs ?? endMs)}${but}`
  }
  const why = because === null ? (reason ?? '') : `${reason}, because ${because}`
  const blast = blastRadius > 0 ? `; ${percent(blastRadius)} of the nodes had run it` : ''
  return `${end} after ${duration(endMs)}: ${why}${blast}`
}

function percent(share: number): string {
  const value = share * 100
  return `${Number.isInteger(value) ? value : value.toFixed(value < 1 ? 2 : 1)}%`
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)}s` : `${(ms / 60_000).toFixed(1)}m`
}
