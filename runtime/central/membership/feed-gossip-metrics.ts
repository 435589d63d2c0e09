import type { Metrics } from '../../api/metrics/create-metrics.ts'
import type { Leader } from '../../engine/leader.ts'
import type { LinkHost } from '../link-host/create-link-host.ts'
import type { ClusterGossip } from './cluster-gossip.ts'
import { countMembers } from './gossip-view.ts'
import { keyStageOf } from './key-stage.ts'

/** Reads what gossip counts when somebody asks for the metrics. */
export function feedGossipMetrics(
  metrics: Metrics,
  leader: Leader,
  links: LinkHost,
  gossip: ClusterGossip,
): void {
  const counters = new Map<string, number>()
  /** How much a counter of the host has grown since the scrape before. */
  const grown = (name: string, value: number): number => {
    const by = value - (counters.get(name) ?? 0)
    counters.set(name, value)
    return by
  }
  metrics.onScrape(() => {
    setLevels(metrics, leader, links, gossip)
    const { stats } = gossip.member.host
    const { probesReached, probesFailed, refutations } = gossip.counts
    const count = {
      datagrams: (direction: string, value: number) =>
        metrics.count('konor_gossip_datagrams_total', { direction }, grown(`d-${direction}`, value)),
      bytes: (direction: string, value: number) =>
        metrics.count('konor_gossip_bytes_total', { direction }, grown(`b-${direction}`, value)),
      probes: (outcome: string, value: number) =>
        metrics.count('konor_gossip_probes_total', { outcome }, grown(`p-${outcome}`, value)),
    }
    count.datagrams('in', stats.datagramsIn)
    count.datagrams('out', stats.datagramsOut)
    count.bytes('in', stats.bytesIn)
    count.bytes('out', stats.bytesOut)
    count.probes('reached', probesReached)
    count.probes('failed', probesFailed)
    metrics.count('konor_gossip_refutations_total', {}, grown('refutations', refutations))
    for (const [reason, value] of Object.entries(stats.channel.refused))
      metrics.count('konor_gossip_refusals_total', { reason }, grown(`r-${reason}`, value))
  })
}

function setLevels(metrics: Metrics, leader: Leader, links: LinkHost, gossip: ClusterGossip): void {
  const { host } = gossip.member
  const { generation, phase } = keyStageOf(leader.view)
  for (const [status, count] of Object.entries(countMembers(gossip, gossip.records())))
    metrics.set('konor_gossip_members', { status }, count)
  metrics.set('konor_gossip_local_health', {}, host.member.localHealth)
  metrics.set('konor_gossip_loop_lag_max_seconds', {}, host.stats.loopLagMaxMs / 1_000)
  metrics.set('konor_gossip_disputed_nodes', {}, links.stats.disputed)
  metrics.set('konor_gossip_key_generation', {}, generation)
  metrics.resetGauge('konor_gossip_rotation')
  metrics.set('konor_gossip_rotation', { phase }, 1)
}
