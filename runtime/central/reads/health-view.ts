import type { ClusterContext } from '../../../actors/cluster/chart.ts'
import { CLUSTER } from '../../../actors/vocabulary/addresses.ts'
import type { HealthView } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import { contextAt } from './context-at.ts'
import { indexText } from './record-index.ts'

export type HealthCheck = HealthView['checks'][number]

/** Ready when every check holds: those of the state, and those that the host adds of its own parts. */
export function healthView(
  { view, position }: Pick<Leader, 'view' | 'position'>,
  { clusterId, version }: { readonly clusterId: string; readonly version: string },
  hostChecks: readonly HealthCheck[],
): HealthView {
  const cluster = contextAt<ClusterContext>(view, CLUSTER)
  const checks: readonly HealthCheck[] = [
    {
      name: 'cluster',
      ok: cluster?.id === clusterId,
      detail: cluster === undefined ? 'the journal holds no cluster yet' : `cluster ${cluster.id}`,
    },
    {
      name: 'leader',
      ok: position.epoch > 0,
      detail: position.epoch > 0 ? `epoch ${position.epoch}` : 'nobody has led yet',
    },
    { name: 'state', ok: position.seq > 0, detail: `folded up to ${indexText(position)}` },
    ...hostChecks,
  ]
  const { timeline, epoch } = position
  return { ready: checks.every(({ ok }) => ok), checks, cluster: clusterId, timeline, epoch, version }
}
