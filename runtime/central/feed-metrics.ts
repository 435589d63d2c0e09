import type { Metrics } from '../api/metrics/create-metrics.ts'
import type { Control } from '../engine/control.ts'
import type { Folded, Leader } from '../engine/leader.ts'
import { isDone, isIn, valueOf } from '../kernel/actor-record.ts'

/** Feeds the metrics from what was folded, and the levels from the state when somebody asks. */
export function feedMetrics(
  metrics: Metrics,
  leader: Leader,
  links: { readonly stats: { readonly links: number } },
  control: Pick<Control, 'health'>,
): void {
  leader.onFolded(folded => countOutputs(metrics, folded))
  metrics.onScrape(() => {
    const { epoch, seq } = leader.position
    metrics.set('konor_journal_epoch', {}, epoch)
    metrics.set('konor_journal_sequence', {}, seq)
    metrics.set('konor_leader', {}, control.health().ready ? 1 : 0)
    metrics.set('konor_links', {}, links.stats.links)
    metrics.set('konor_outbox_effects', {}, leader.view.effects().size)
    metrics.set(
      'konor_locks_held',
      {},
      leader.view.list('lock').filter(record => isIn(record, 'held')).length,
    )
    setByState(metrics, leader)
  })
}

function setByState(metrics: Metrics, leader: Leader): void {
  const groups = new Map<string, number>()
  for (const record of leader.view.list('group')) {
    if (isDone(record)) continue
    const value = valueOf(record)
    const state = typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? '')
    groups.set(state, (groups.get(state) ?? 0) + 1)
  }
  metrics.resetGauge('konor_groups')
  for (const [state, count] of groups) metrics.set('konor_groups', { state }, count)
  const nodes = new Map<string, number>()
  for (const record of leader.view.list('node')) {
    if (isDone(record)) continue
    const { liveness } = valueOf(record) as { readonly liveness: string }
    nodes.set(liveness, (nodes.get(liveness) ?? 0) + 1)
  }
  metrics.resetGauge('konor_nodes')
  for (const [liveness, count] of nodes) metrics.set('konor_nodes', { liveness }, count)
}

function countOutputs(metrics: Metrics, { outputs }: Folded): void {
  metrics.count('konor_journal_records_total', {})
  for (const { type, data } of outputs) {
    if (type === 'job.ended')
      metrics.count('konor_jobs_total', { kind: text(data['kind']), state: text(data['state']) })
    if (type === 'audit' && data['outcome'] === 'refused')
      metrics.count('konor_audit_refusals_total', { code: text(data['code']) })
    if (type === 'input.faulted')
      metrics.count('konor_engine_inputs_total', { kind: text(data['route']), outcome: 'faulted' })
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
