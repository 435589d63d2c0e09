import { createCluster, type Protocol } from './cluster.ts'
import type { NetworkOptions } from './network.ts'

export interface SpreadRun {
  /** Until the last member has heard of the change; Infinity when some did not in time. */
  readonly allMs: number
  /** Copies of the news that each member sent, on average, on top of its steady traffic. */
  readonly extraDatagrams: number
}

const CALM_MS = 3_000
const GIVE_UP_MS = 60_000

/** One member changes its metadata: how fast, and with how many datagrams, do all others learn of it? */
export function runSpread(
  protocol: Protocol,
  members: number,
  seed: string,
  network: NetworkOptions = {},
): SpreadRun {
  const heard = new Set<number>()
  let lastMs = 0
  const cluster = createCluster(protocol, {
    members,
    seed,
    network,
    onBelief: (observer, belief, subject, nowMs) => {
      if (belief !== 'updated' || subject !== 0) return
      heard.add(observer)
      lastMs = nowMs
    },
  })
  cluster.runUntil(CALM_MS)
  const steady = cluster.traffic.datagrams / CALM_MS
  cluster.update(0)
  const before = cluster.traffic.datagrams
  cluster.runUntil(CALM_MS + GIVE_UP_MS, () => heard.size === members - 1)
  const allMs = heard.size === members - 1 ? lastMs - CALM_MS : Infinity
  // What is still queued goes out too.
  const settleMs = cluster.nowMs + 3_000
  cluster.runUntil(settleMs)
  const extra = cluster.traffic.datagrams - before - steady * (settleMs - CALM_MS)
  return { allMs, extraDatagrams: extra / members }
}
