import { SeededRandom } from '../../ports/seeded-random.ts'
import { createCluster, type Protocol } from './cluster.ts'
import type { NetworkOptions } from './network.ts'

export interface CrashRun {
  /** From the crash to the first member that suspects it. */
  readonly firstSuspectMs: number
  /** From the crash to the first member that calls it dead. */
  readonly firstDeadMs: number
  /** From then until all living members do. */
  readonly allDeadMs: number
  /** Deaths of members that live. */
  readonly falseDeaths: number
  /** Before the crash, for each member and second. */
  readonly datagramsPerSecond: number
  readonly bytesPerSecond: number
}

/** Undisturbed time before the crash, at least; traffic is counted in it. */
const CALM_MS = 5_000
/** The crash comes at random within some passes of a small cluster; a large one is far from its second pass anyway. */
const CALM_SPREAD_MS = 40_000
const CALM_SPREAD_MEMBERS_MAX = 200
/** After that the run has failed. */
const GIVE_UP_MS = 120_000

/** Lets one member of a calm cluster crash, at a random moment. */
export function runCrash(
  protocol: Protocol,
  members: number,
  seed: string,
  network: NetworkOptions = {},
): CrashRun {
  const victim = 0
  const spreadMs = members <= CALM_SPREAD_MEMBERS_MAX ? CALM_SPREAD_MS : 0
  const calmMs = CALM_MS + new SeededRandom(`${seed}/crash`).fraction() * spreadMs
  let firstSuspectMs = NaN
  let firstDeadMs = NaN
  let allDeadMs = NaN
  let falseDeaths = 0
  const convinced = new Set<number>()
  const cluster = createCluster(protocol, {
    members,
    seed,
    network,
    onBelief: (observer, belief, subject, nowMs) => {
      if (belief === 'dead' && subject !== victim) falseDeaths++
      if (subject !== victim || observer === victim) return
      if (belief === 'suspect' && Number.isNaN(firstSuspectMs)) firstSuspectMs = nowMs
      if (belief !== 'dead') return
      if (convinced.size === 0) firstDeadMs = nowMs
      convinced.add(observer)
      allDeadMs = nowMs
    },
  })
  cluster.runUntil(calmMs)
  const { datagrams, bytes } = cluster.traffic
  cluster.crash(victim)
  cluster.runUntil(calmMs + GIVE_UP_MS, () => convinced.size === members - 1)
  return {
    firstSuspectMs: firstSuspectMs - calmMs,
    firstDeadMs: firstDeadMs - calmMs,
    allDeadMs: convinced.size === members - 1 ? allDeadMs - firstDeadMs : Infinity,
    falseDeaths,
    datagramsPerSecond: (datagrams * 1_000) / (members * calmMs),
    bytesPerSecond: (bytes * 1_000) / (members * calmMs),
  }
}
