import { stringify } from 'yaml'
import type { ActorDetailView } from '../../engine/views.ts'
import type { StateSummary } from '../../replay/state-summary.ts'
import { unverifiedRecords } from '../../replay/unverified-records.ts'
import { type Column, renderTable } from './table.ts'

/** What a state holds, for a person: a heading, then a table for each kind of thing that is there. */
export function renderState(summary: StateSummary, isWide: boolean): string {
  const { seq, timeline, epoch, timeMs, stateHash, checks, counts } = summary
  const base = checks.fromSeq === 0 ? 'the first record' : `the checkpoint at ${checks.fromSeq}`
  const unverified = unverifiedRecords(checks)
  return [
    `state at ${seq}, timeline ${timeline}, epoch ${epoch}, journal time ${timeMs} ms\n`,
    `hash ${stateHash}\n`,
    `verified ${checks.records} records from ${base}, and ${checks.stateHashes} state hashes of the chain\n`,
    unverified === undefined ? '' : `${unverified}\n`,
    section('Actors', summary.actors, ACTORS, isWide),
    section(`ConfigSets${cut(summary.heads, counts.heads)}`, summary.heads, HEADS, isWide),
    section(`Groups${cut(summary.groups, counts.groups)}`, summary.groups, GROUPS, isWide),
    section(`Locks held${cut(summary.locks, counts.locks)}`, summary.locks, LOCKS, isWide),
    section(`Timers${cut(summary.timers, counts.timers)}`, summary.timers, TIMERS, isWide),
    section(`Effects that wait${cut(summary.outbox, counts.outbox)}`, summary.outbox, OUTBOX, isWide),
  ].join('')
}

/** One actor with all that it knows, for a person. */
export function renderActor(actor: ActorDetailView): string {
  const { address, machine, state, ended, changedSeq, timers, context } = actor
  const head = `${address} (${machine}) is ${state}${ended ? ', ended' : ''}, changed by record ${changedSeq}\n`
  const known = `\nContext\n${stringify(context).replace(/^/gm, '  ').trimEnd()}\n`
  return head + section('Timers', timers, ACTOR_TIMERS, false) + known
}

function section<Row>(
  title: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  isWide: boolean,
): string {
  if (rows.length === 0) return ''
  return `\n${title}\n${renderTable(rows, columns, isWide).replace(/^/gm, '  ').trimEnd()}\n`
}

function cut(shown: readonly unknown[], count: number): string {
  return shown.length === count ? '' : ` (${shown.length} of ${count})`
}

const ACTORS: readonly Column<StateSummary['actors'][number]>[] = [
  { title: 'KIND', cell: row => row.kind },
  { title: 'STATE', cell: row => row.state },
  { title: 'COUNT', cell: row => row.count },
]
const HEADS: readonly Column<StateSummary['heads'][number]>[] = [
  { title: 'PATH', cell: row => row.path },
  { title: 'VERSION', cell: row => row.version },
]
const GROUPS: readonly Column<StateSummary['groups'][number]>[] = [
  { title: 'GROUP', cell: row => row.group },
  { title: 'STATE', cell: row => row.state },
  { title: 'COMMITTED', cell: row => row.committed },
  { title: 'CANDIDATE', cell: row => row.candidate },
]
const LOCKS: readonly Column<StateSummary['locks'][number]>[] = [
  { title: 'RESOURCE', cell: row => row.resource },
  { title: 'HOLDER', cell: row => `job/${row.holder}` },
  { title: 'HELD', cell: row => seconds(row.heldMs) },
  { title: 'TOKEN', cell: row => row.token, wide: true },
  { title: 'WAITING', cell: row => row.waiting.length },
]
const TIMERS: readonly Column<StateSummary['timers'][number]>[] = [
  { title: 'ACTOR', cell: row => row.address },
  { title: 'TIMER', cell: row => row.id },
  { title: 'IN', cell: row => seconds(row.inMs) },
]
const OUTBOX: readonly Column<StateSummary['outbox'][number]>[] = [
  { title: 'KIND', cell: row => row.kind },
  { title: 'FROM', cell: row => row.from },
  { title: 'KEY', cell: row => row.key },
]
const ACTOR_TIMERS: readonly Column<ActorDetailView['timers'][number]>[] = [
  { title: 'TIMER', cell: row => row.id },
  { title: 'DUE-MS', cell: row => row.dueMs },
]

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)}s`
}
