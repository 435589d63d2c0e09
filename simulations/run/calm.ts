import type { GroupNodeView, GroupView } from '../../runtime/engine/views.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { forgottenNodes, type Violation } from '../checkers/evidence.ts'
import { gossipDisagreements } from './gossip-calm.ts'

/**
 * How long the cluster may take, once everything is good again, until nothing moves and everybody agrees: so long after
 * the last job that ended. A job may wait for a node that is gone until the timeouts of its policy are over, and jobs
 * that share a lock do so one after the other.
 */
export const CALM_MS_MAX = 180_000
/** So long nothing may move before it counts as settled. */
const STILL_MS = 3_000

const PAGE = { limit: 1_000 }
/** A node that had said farewell before it was lost is not called offline. */
const GONE = new Set(['offline', 'left'])
const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'paused'])

/** Lets time pass until the cluster has settled; what keeps it from that for `patienceMs` breaks promise 5. */
export async function awaitCalm(
  cluster: Cluster,
  gone: ReadonlySet<string>,
  patienceMs = CALM_MS_MAX,
): Promise<Violation[]> {
  const { world } = cluster
  // Whoever joined after the backup has to join again: to central it is as good as lost.
  const lost = new Set([...gone, ...forgottenNodes(cluster)])
  let sinceMs = world.nowMs
  let ended = endedJobs(cluster)
  let reasons = unsettled(cluster, lost)
  while (world.nowMs - sinceMs < patienceMs) {
    await world.run(STILL_MS)
    const before = reasons
    reasons = unsettled(cluster, lost)
    if (before.length === 0 && reasons.length === 0) return []
    const now = endedJobs(cluster)
    if (now > ended) sinceMs = world.nowMs
    ended = Math.max(ended, now)
  }
  return reasons.map(what => ({
    promise: 5,
    what: `${what}: nothing moved for ${patienceMs / 1_000} s of calm`,
  }))
}

function endedJobs({ central }: Cluster): number {
  return central.control?.jobs(PAGE).items.filter(({ state }) => ENDED.has(state)).length ?? 0
}

function unsettled(cluster: Cluster, lost: ReadonlySet<string>): string[] {
  const { control } = cluster.central
  if (control === undefined) return [`no central leads (${String(cluster.central.failure)})`]
  const moving = control
    .jobs(PAGE)
    .items.filter(({ state }) => !ENDED.has(state))
    .map(({ id, state }) => `job ${id} is ${state}`)
  const groups = control.groups(PAGE).items
  return [
    ...moving,
    ...gossipDisagreements(cluster),
    ...owedEffects(cluster),
    ...groups.flatMap(group =>
      control
        .groupNodes(group.name, PAGE)
        .items.filter(({ node }) => control.node(node).lifecycle !== 'draining')
        .flatMap(node => unsettledNode(cluster, lost, group, node)),
    ),
    ...groups.flatMap(group => unsettledProcesses(cluster, lost, group.name)),
  ]
}

/** What is owed to somebody outside is done, or given up, in bounded time. */
function owedEffects({ central }: Cluster): string[] {
  const effects = central.composed?.leader.view.effects() ?? new Map<string, object>()
  return [...effects.keys()].map(key => `effect ${key} is still owed`)
}

function unsettledNode(
  cluster: Cluster,
  lost: ReadonlySet<string>,
  group: GroupView,
  node: GroupNodeView,
): string[] {
  const agent = cluster.agents.get(node.node)
  const at = `${node.node} in ${group.name}`
  // One that gave up has said why; a lost one must be known as such.
  if (agent?.failure !== undefined) return []
  if (lost.has(node.node) && !hasHeir(cluster, node.node))
    return GONE.has(node.liveness) ? [] : [`${at} is gone and still ${node.liveness}`]
  if (node.liveness !== 'alive') return [`${at} is ${node.liveness}`]
  if (group.committed === null || group.candidate !== undefined) return []
  const { revision, digest } = group.committed
  const isThere = node.active === revision && node.digest === digest
  const hasReason = node.progress?.reason !== undefined || node.fallback !== undefined
  return isThere || hasReason
    ? []
    : [`${at} runs ${node.active}, not the committed ${revision}, and does not say why`]
}

/** After a node was removed, another machine may have joined under its name. */
function hasHeir(cluster: Cluster, name: string): boolean {
  return [...cluster.agents.values()].some(
    ({ machine, running }) => machine.name !== name && running?.node === name,
  )
}

/** A process that runs reads what its node serves. */
function unsettledProcesses(cluster: Cluster, lost: ReadonlySet<string>, group: string): string[] {
  return [...cluster.processes].flatMap(([name, process]) => {
    const agent = cluster.agents.get(process.machine.name)
    const isApart = lost.has(process.machine.name) || agent?.running?.link !== 'up'
    if (process.options.group !== group || isApart || process.program === undefined) return []
    const served = agent.running.groups.state(group)
    const read = process.snapshot
    if (served === undefined || read === undefined) return []
    if (served.activation === read.activation)
      return served.stale === read.stale
        ? []
        : [`${name} calls ${group} ${read.stale ? 'stale' : 'fresh'}, and its agent does not`]
    return [
      `${name} reads activation ${read.activation} of ${group}, and its agent serves ${served.activation}`,
    ]
  })
}
