import { SeededRandom } from '../../ports/seeded-random.ts'
import { createCluster, type Protocol } from './cluster.ts'
import type { NetworkOptions } from './network.ts'

/** One point of the Lifeguard grid (arXiv 1707.00788, section V): how many stand still, how long, how often. */
export interface StallPoint {
  readonly members: number
  readonly concurrent: number
  readonly stallMs: number
  /** How long they run between two stalls. */
  readonly intervalMs: number
  readonly forMs: number
}

export interface StallRun {
  /** Deaths of members that never stood still, told by anyone. */
  readonly falseDeaths: number
  /** Of these, told by members that never stood still themselves. */
  readonly falseDeathsByHealthy: number
  /** From the first stall until a healthy member calls one of those who stand still dead; Infinity when none does. */
  readonly firstDeadMs: number
  readonly bytes: number
}

const CALM_MS = 15_000

/** Some members stand still together, run for a while, and stand still again, for as long as the run lasts. */
export function runStalls(
  protocol: Protocol,
  point: StallPoint,
  seed: string,
  network: NetworkOptions = {},
): StallRun {
  const { concurrent, forMs, intervalMs, members, stallMs } = point
  let falseDeaths = 0
  let falseDeathsByHealthy = 0
  let firstDeadMs = Infinity
  const anomalous = new Set<number>()
  const dice = new SeededRandom(`${seed}/stalls`)
  while (anomalous.size < concurrent) anomalous.add(dice.integer(members))
  const cluster = createCluster(protocol, {
    members,
    seed,
    network,
    onBelief: (observer, belief, subject, nowMs) => {
      if (belief !== 'dead') return
      if (anomalous.has(subject)) {
        if (!anomalous.has(observer)) firstDeadMs = Math.min(firstDeadMs, nowMs - CALM_MS)
        return
      }
      falseDeaths++
      if (!anomalous.has(observer)) falseDeathsByHealthy++
    },
  })
  cluster.runUntil(CALM_MS)
  for (let startMs = CALM_MS; startMs < CALM_MS + forMs; startMs += stallMs + intervalMs) {
    cluster.runUntil(startMs)
    for (const number of anomalous) cluster.pause(number)
    cluster.runUntil(startMs + stallMs)
    for (const number of anomalous) cluster.resume(number)
  }
  cluster.runUntil(CALM_MS + forMs + 10_000)
  return { falseDeaths, falseDeathsByHealthy, firstDeadMs, bytes: cluster.traffic.bytes }
}
