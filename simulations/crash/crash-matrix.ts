import type { FaultPoint } from '../../runtime/ports/fault-points.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { checkPromises } from './check-promises.ts'
import type { CrashCluster } from './crash-cluster.ts'
import { driveWorkload } from './drive-workload.ts'
import type { Member } from './member.ts'
import { strike } from './strike.ts'

/** How often the workload runs in the hope that an armed point is reached, before the point counts as unreachable. */
const ROUNDS_MAX = 12
/** Effects are rare: only a job that waited for its lock is compiled by one, and hardly more than one a round. */
const RARE_NTH_MAX = 3

export interface Kill {
  readonly point: FaultPoint
  readonly nth: number
  readonly victim: string
}

export interface CrashMatrixOptions {
  /** One kill each, in this order. */
  readonly points: readonly FaultPoint[]
  /** Chooses victims and hits. */
  readonly random: Random
  /** The hit of a point at which the process stops lies between 1 and this. */
  readonly nthMax: number
  log(line: string): void
}

/**
 * Kills one process after the other, each at an armed point in the midst of a workload, and checks after every kill
 * that the cluster kept its promises. Throws when it did not, or when a point is never reached.
 */
export async function runCrashMatrix(
  cluster: CrashCluster,
  options: CrashMatrixOptions,
): Promise<readonly Kill[]> {
  const kills: Kill[] = []
  let generation = 0
  for (const point of options.points) {
    const victim = pick(victimsOf(cluster, point), options.random)
    const nthMax = point.endsWith('-effect') ? Math.min(RARE_NTH_MAX, options.nthMax) : options.nthMax
    const nth = 1 + Math.floor(options.random.fraction() * nthMax)
    const armed = await strike(victim, { point, nth })
    for (let round = 0; round < ROUNDS_MAX && !armed.struck; round++)
      await driveWorkload(cluster, ++generation)
    if (!armed.struck) {
      armed.abandon()
      throw new Error(`${victim.name} never reached ${point}:${nth}\n${cluster.describe()}`)
    }
    await armed.done
    await cluster.converged()
    await checkPromises(cluster)
    kills.push({ point, nth, victim: victim.name })
    options.log(`${kills.length}: killed ${victim.name} at ${point}:${nth}`)
  }
  return kills
}

function victimsOf(cluster: CrashCluster, point: FaultPoint): readonly Member[] {
  if (point.startsWith('agent.')) return cluster.agents
  if (point.startsWith('process.')) return cluster.readers.map(({ member }) => member)
  return [cluster.central]
}

function pick(members: readonly Member[], random: Random): Member {
  const member = members[Math.floor(random.fraction() * members.length)]
  if (member === undefined) throw new RangeError('there is nobody to kill')
  return member
}
