import type { RolloutContext } from '../../actors/rollout/context.ts'
import { rolloutAddress } from '../../actors/vocabulary/addresses.ts'
import type { Metrics } from '../api/metrics/create-metrics.ts'
import type { Appended } from '../engine/leader-options.ts'
import type { Folded, Leader } from '../engine/leader.ts'
import type { Output } from '../kernel/input.ts'
import { contextOf, isDone, isIn, valueOf } from '../kernel/actor-record.ts'
import type { LinkHost } from './link-host/create-link-host.ts'
import type { LinkHostStats } from './link-host/link-host-options.ts'

/** What one append adds to the metrics of the journal. */
export function countAppended(metrics: Metrics, { durationMs, bytes, inputs }: Appended): void {
  metrics.observe('konor_journal_append_duration_seconds', {}, durationMs / 1_000)
  metrics.count('konor_journal_records_total', {}, inputs.length)
  metrics.count('konor_journal_bytes_total', {}, bytes)
  for (const count of inputs) metrics.observe('konor_engine_batch_inputs', {}, count)
}

/** Feeds the metrics from what is folded, and the levels from the state when somebody asks. */
export function feedMetrics(metrics: Metrics, leader: Leader, links: LinkHost): void {
  leader.onFolded(folded => countOutputs(metrics, leader, folded))
  let seen: LinkHostStats = { links: 0, connected: 0, desires: 0, reports: 0, refused: 0, disputed: 0 }
  metrics.onScrape(() => {
    setLevels(metrics, leader)
    const { stats } = links
    metrics.set('konor_links', {}, stats.connected)
    metrics.count('konor_link_desires_total', {}, stats.desires - seen.desires)
    metrics.count('konor_link_reports_total', {}, stats.reports - seen.reports)
    metrics.count('konor_link_refusals_total', {}, stats.refused - seen.refused)
    seen = stats
  })
}

function setLevels(metrics: Metrics, { position, view }: Leader): void {
  metrics.set('konor_journal_epoch', {}, position.epoch)
  metrics.set('konor_journal_sequence', {}, position.seq)
  metrics.set('konor_leader', {}, 1)
  metrics.set('konor_outbox_effects', {}, view.effects().size)
  metrics.set('konor_locks_held', {}, view.list('lock').filter(record => isIn(record, 'held')).length)
  metrics.resetGauge('konor_groups')
  for (const [state, count] of tally(view.list('group').filter(live).map(groupState)))
    metrics.set('konor_groups', { state }, count)
  metrics.resetGauge('konor_nodes')
  for (const [liveness, count] of tally(view.list('node').filter(live).map(livenessOf)))
    metrics.set('konor_nodes', { liveness }, count)
}

type ActorRecord = Parameters<typeof isDone>[0]

function live(record: ActorRecord): boolean {
  return !isDone(record)
}

function groupState(record: ActorRecord): string {
  const value = valueOf(record)
  return typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? '')
}

function livenessOf(record: ActorRecord): string {
  return (valueOf(record) as { readonly liveness: string }).liveness
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function countOutputs(metrics: Metrics, leader: Leader, { outputs, wallMs }: Folded): void {
  for (const output of outputs) {
    const { type, data } = output
    if (type === 'job.ended')
      metrics.count('konor_jobs_total', { kind: text(data['kind']), state: text(data['state']) })
    else if (type === 'audit' && data['outcome'] === 'refused')
      metrics.count('konor_audit_refusals_total', { code: text(data['code']) })
    else if (type === 'alert.undelivered')
      metrics.count('konor_alerts_undelivered_total', { kind: text(data['kind']) })
    else if (type === 'input.faulted')
      metrics.count('konor_engine_inputs_total', { kind: text(data['route']), outcome: 'faulted' })
    else if (type === 'group.committed' || type === 'rollout.undone')
      countRollout(metrics, leader, output, wallMs)
  }
}

function countRollout(metrics: Metrics, { view }: Leader, { type, data }: Output, wallMs: number): void {
  const record = view.get(rolloutAddress(text(data['group']), Number(data['revision'])))
  if (record === undefined) return
  const { policy, startedAtMs } = contextOf<RolloutContext>(record)
  // Restored content has no policy: putting it back is the end of another rollout.
  if (policy === null) return
  const outcome = type === 'group.committed' ? 'committed' : 'undone'
  metrics.count('konor_rollouts_total', { policy: policy.name, outcome })
  metrics.observe(
    'konor_rollout_duration_seconds',
    { policy: policy.name },
    Math.max(0, wallMs - startedAtMs) / 1_000,
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
