import type { AlertView, HealthBucketView, NodeHealthView, VitalsView } from '../../engine/analytics-views.ts'
import type { NodeView } from '../../engine/views.ts'
import type { CliIo } from '../cli-io.ts'
import { nodeColumns } from './columns.ts'
import { sparkline } from './sparkline.ts'
import { type Column, renderTable } from './table.ts'

/** Bars in one line of history. */
const BARS_MAX = 60

export const alertColumns: readonly Column<AlertView>[] = [
  { title: 'KIND', cell: alert => alert.kind },
  { title: 'SUBJECT', cell: alert => alert.subject },
  { title: 'SEVERITY', cell: alert => alert.severity },
  { title: 'STATE', cell: alert => alert.state },
  { title: 'SUMMARY', cell: alert => alert.summary },
  { title: 'UNDELIVERED', cell: alert => alert.deliveries.undelivered, wide: true },
  { title: 'CLEARED', cell: alert => alert.clearedAt, wide: true },
  { title: 'RAISED', cell: alert => alert.raisedAt },
]

/** A node in a list, with how it does where that is known. */
export type NodeRow = NodeView & { readonly health?: VitalsView | undefined }

const HEALTH_COLUMNS: readonly Column<NodeRow>[] = [
  { title: 'HEALTH', cell: ({ health }) => health?.state },
  { title: 'VERSION', cell: ({ health }) => health?.version },
  { title: 'WHERE', cell: ({ health }) => health && whereText(health) },
  { title: 'RTT', cell: ({ health }) => msText(health?.roundTripMs ?? health?.centralRoundTripMs) },
  { title: 'LOSS', cell: ({ health }) => percentText(health?.loss) },
  { title: 'LAG', cell: ({ health }) => msText(health?.loopLagP99Ms) },
  { title: 'LOAD', cell: ({ health }) => health?.load1?.toFixed(2) },
  { title: 'RSS', cell: ({ health }) => mebibytesText(health?.rssBytes) },
  { title: 'HEARD', cell: ({ health }) => health?.heardAt },
]

/** The wide columns of nodes: what they are, how they do, and last their time. */
export const nodeHealthColumns: readonly Column<NodeRow>[] = [
  ...nodeColumns.slice(0, -1),
  ...HEALTH_COLUMNS.map(column => ({ ...column, wide: true })),
  ...nodeColumns.slice(-1),
]

/** How a node does, for a person: what is known now, then one line of history for each measure. */
export function renderNodeHealth(health: NodeHealthView, io: Pick<CliIo, 'paint'>): string {
  const style = { healthy: 'green', degraded: 'yellow', unknown: 'dim' } as const
  const state = io.paint(style[health.state], health.state)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['liveness', health.liveness],
    ['version', health.version],
    ['where', whereText(health) ?? 'unknown'],
    ['heard', health.heardAt],
    ['by gossip', health.heardByGossipAt],
    ['by link', health.heardByLinkAt],
    ['round trip', msText(health.roundTripMs)],
    ['from central', msText(health.centralRoundTripMs)],
    ['loss', percentText(health.loss)],
    ['loop lag', lagText(health)],
    ['load', health.load1?.toFixed(2)],
    ['processor', percentText(health.cpuShare)],
    ['memory', mebibytesText(health.rssBytes)],
    ['processes', health.processes?.toString()],
  ]
  const rows = facts.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...rows.map(([name]) => name.length))
  const now = rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}\n`).join('')
  const reasons = health.reasons.map(reason => `  ${reason}\n`).join('')
  const alerts = health.alerts.length === 0 ? '' : `\n${renderTable(health.alerts, alertColumns, false)}`
  return `${health.name}   ${state}\n${reasons}${now}${alerts}${historyText(health)}`
}

function historyText({ history: { resolution, from, to, buckets } }: NodeHealthView): string {
  if (buckets.length === 0) return `\nno history from ${from} to ${to}\n`
  const shown = buckets.slice(-BARS_MAX)
  const lines: readonly (readonly [
    string,
    (bucket: HealthBucketView) => number | undefined,
    typeof msText,
  ])[] = [
    ['round trip', bucket => (bucket.roundTripMs ?? bucket.centralRoundTripMs)?.mean, msText],
    ['loss', bucket => bucket.loss?.mean, percentText],
    ['loop lag', bucket => bucket.loopLagMs?.max, msText],
    ['load', bucket => bucket.load1?.mean, value => value?.toFixed(2)],
    ['heard', bucket => bucket.heard, value => value?.toString()],
  ]
  const rendered = lines.flatMap(([name, valueOf, textOf]) => {
    const values = shown.map(valueOf)
    const measured = values.filter(value => value !== undefined)
    if (measured.length === 0) return []
    const highest = textOf(Math.max(...measured)) ?? ''
    return [`  ${name.padEnd(10)}   ${sparkline(values)}   at most ${highest}\n`]
  })
  return `\n${shown.length} stretches of ${resolution} to ${shown.at(-1)?.at}\n${rendered.join('')}`
}

function lagText({ loopLagP99Ms, loopLagMaxMs }: VitalsView): string | undefined {
  const worst = msText(loopLagMaxMs)
  return loopLagP99Ms === undefined ? undefined : `${msText(loopLagP99Ms)} (at most ${worst})`
}

/** `cloud/aws/docker`, as far as the agent could tell. */
function whereText({ platform: { kind, provider, container } }: VitalsView): string | undefined {
  const known = [kind, provider, container].filter(part => part !== 'unknown' && part !== 'none')
  return known.length === 0 ? undefined : known.join('/')
}

function msText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
}

function percentText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${(value * 100).toFixed(1)} %`
}

function mebibytesText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${Math.round(value / 1_048_576)} MiB`
}
