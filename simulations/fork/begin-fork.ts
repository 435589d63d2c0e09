import type { SubscriptionContext } from '../../actors/subscription/chart.ts'
import { emptyRecord, type GroupRecord, type HeldGeneration } from '../../agent/store/group-record.ts'
import { openAgentStore } from '../../agent/store/agent-store.ts'
import type { NodeState } from '../../agent/store/node-state.ts'
import { SEQS_PER_BOOT } from '../../agent/central-link/central-link.ts'
import { createDisk } from '../../runtime/ports/disk-on-files.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { DATA_DIR, SimulatedAgent } from '../cluster/simulated-agent.ts'
import type { Machine } from '../world/machine.ts'
import { Program } from '../world/program.ts'
import { type ForkedCluster, type ForkedNode, sizeOf } from './forked-cluster.ts'
import { type JournalFork, layDown } from './journal-fork.ts'

/** How often it is looked whether central leads. */
const LOOK_MS = 100

/** A journal that a run goes on from, and the cluster that it speaks of. */
export interface Origin {
  readonly fork: JournalFork
  readonly cluster: ForkedCluster
}

/**
 * Sets up a cluster as a journal leaves it. Central opens the journal and claims the next epoch. For each node that was
 * not offline an agent stands in that has on its disk what the node had reported: central knows it by the node's key,
 * which the world vouches for. Its processes take whatever they get.
 */
export async function beginFork(cluster: Cluster, origin: Origin): Promise<void> {
  const { central, world } = cluster
  const { fork } = origin
  layDown(fork, central.store)
  const last = fork.records.at(-1)
  if (last !== undefined) world.clock.jumpWallBy(last.wallMs - world.clock.wallMs())
  central.start()
  for (const node of origin.cluster.nodes) if (!node.isAway) await standIn(cluster, origin, node)
  while (central.control === undefined) await new Promise<void>(resolve => world.after(LOOK_MS, resolve))
}

async function standIn(cluster: Cluster, origin: Origin, node: ForkedNode): Promise<void> {
  const machine = cluster.machine(node.name)
  await furnish(machine, cluster, origin, node)
  const agent = new SimulatedAgent(cluster.network, machine, [], node.name, cluster.gossip, node.key)
  cluster.agents.set(node.name, agent)
  agent.start()
  cluster.addProcesses(node, machine, () => 'accept')
}

/** Writes what the node had told of itself to its disk, with the store of the product. */
async function furnish(machine: Machine, cluster: Cluster, origin: Origin, node: ForkedNode): Promise<void> {
  const program = new Program(machine, `${node.name}/setup`, 1)
  const disk = createDisk(machine.files.asSeenBy(program))
  const store = await openAgentStore({ disk, dataDir: DATA_DIR, random: program.random })
  const state = stateOf(cluster, origin, node)
  for (const { active } of state.groups) {
    const bytes = active === null ? undefined : origin.fork.blobs.get(active.digest)
    if (active !== null && bytes !== undefined) await store.generations.put(active.digest, bytes)
  }
  await store.update(before => ({ ...before, ...state }))
  program.kill('power')
}

function stateOf(
  cluster: Cluster,
  { fork, cluster: known }: Origin,
  node: ForkedNode,
): Pick<NodeState, 'boot' | 'timeline' | 'epoch' | 'name' | 'cluster' | 'tokens' | 'groups'> {
  const { timeline, epoch } = fork.state.position
  return {
    boot: Math.floor(node.reportSeq / SEQS_PER_BOOT) + 1,
    timeline,
    epoch,
    name: node.name,
    cluster: { id: known.clusterId, address: cluster.central.linkAddress, key: cluster.central.publicKey },
    tokens: node.groups.map(group => ({ id: `fork-${group}`, group, secret: null, state: 'redeemed' })),
    groups: node.standings.map(standing => recordOf(known, standing, timeline, fork)),
  }
}

/** What an agent must have on its disk to report what was reported of it. */
function recordOf(
  known: ForkedCluster,
  { group, active, digest, activation, progress, fallback }: SubscriptionContext,
  timeline: number,
  { blobs }: JournalFork,
): GroupRecord {
  const record = { ...emptyRecord(group, activation), fallback }
  const rejected = progress?.phase === 'rejected' ? progress : null
  const refused = rejected && {
    timeline,
    revision: rejected.revision,
    reason: rejected.reason ?? 'rejected',
    quarantined: fallback?.from === rejected.revision,
  }
  const withRefusals = { ...record, refused: refused === null ? [] : [refused] }
  if (active === null || digest === null || !blobs.has(digest)) return withRefusals
  const held: HeldGeneration = { revision: active, digest, sizeBytes: sizeOf(known, group, digest), timeline }
  // Its processes take what they get: what was activated and not acknowledged yet counts as applied.
  const outcome = rejected?.revision === active ? 'rejected' : 'applied'
  const good = outcome === 'applied' ? held : null
  return { ...withRefusals, active: { ...held, activation, outcome }, good }
}
