import type { GroupContext } from '../../actors/group/context.ts'
import { groupAddress } from '../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { createLeader } from '../../runtime/engine/create-leader.ts'
import type { RunningLeader } from '../../runtime/engine/leader-options.ts'
import { openKernel } from '../../runtime/engine/open-kernel.ts'
import { prepareApply } from '../../runtime/engine/prepare-apply.ts'
import { livenessInput, reportInput } from '../../runtime/central/link-host/inputs.ts'
import { MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import { contextOf } from '../../runtime/kernel/actor-record.ts'
import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import type { Input } from '../../runtime/kernel/input.ts'
import type { ManifestDocument } from '../../runtime/manifest/manifest-document.ts'
import { noFaults } from '../../runtime/ports/fault-points.ts'
import { silentLogger } from '../../runtime/ports/logger.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import type { NodeShape, RehearsalTopology } from '../../runtime/rehearsals/rehearsal-spec.ts'
import { placeholderDocuments } from './placeholders.ts'

export const CLUSTER_ID = 'rehearsal'
/** The sequence of the report with which every node begins. */
export const FIRST_REPORT_SEQ = 1
/** Uses of one token: it remembers its redeemers, and that is copied with each. */
const TOKEN_USES = 100
/** Facts that wait at once, well below the leader's bound. */
const FACTS_AT_ONCE = 2_000
const ADMIN = { principal: 'key/admin', scopes: ['admin'] }

/** A cluster at rest, made once: every run begins as it is. */
export interface BaseCluster {
  readonly topology: RehearsalTopology
  readonly journal: MemoryJournal
  /** The state that the journal folds to. Nobody changes it. */
  readonly state: KernelState
  /** What each group has committed, and every node of it runs. */
  readonly committed: ReadonlyMap<string, Generation>
}

/**
 * Brings a topology about through the real engine: declares what it holds with placeholders for values, joins
 * its nodes as they join by tokens, and journals who is away.
 */
export async function buildBaseCluster(topology: RehearsalTopology): Promise<BaseCluster> {
  const journal = new MemoryJournal()
  const { kernel } = await openKernel(journal)
  const random = new SeededRandom('rehearsal base')
  let deposed: unknown
  const leader = createLeader({
    kernel,
    journal,
    clock: new VirtualClock(),
    random,
    logger: silentLogger,
    faults: noFaults,
    timeline: 1,
    epoch: 1,
    holdDeadlinesMs: 0,
    onDeposed: cause => (deposed = cause),
  })
  await submit(leader, { route: 'claim', by: 'system', scopes: ['system'], body: {} })
  const body = { id: CLUSTER_ID, keys: [] }
  await submit(leader, { route: 'bootstrap', by: 'system', scopes: ['system'], body })
  await declareAll(leader, topology)
  const committed = committedOf(leader, topology)
  await joinAll(leader, topology, committed)
  await leader.stop()
  if (deposed !== undefined) throw deposed
  return { topology, journal, state: kernel.state, committed }
}

/** Group by group: a group without nodes commits what it is declared with in the same record. */
async function declareAll(leader: RunningLeader, { policies, groups }: RehearsalTopology): Promise<void> {
  await declare(leader, 'policies', placeholderDocuments({ policies, groups: [], paths: [] }, 0))
  for (const group of groups) {
    const shape = { policies: [], groups: [group], paths: group.sets }
    await declare(leader, group.name, placeholderDocuments(shape, 0))
  }
}

async function declare(
  leader: RunningLeader,
  id: string,
  documents: readonly ManifestDocument[],
): Promise<void> {
  if (documents.length === 0) return
  const request = { id: `base-${id}`, caller: ADMIN, action: 'apply', options: {} }
  await leader.submit(preparation => prepareApply(preparation, request, documents))
}

function committedOf(leader: RunningLeader, { groups }: RehearsalTopology): Map<string, Generation> {
  return new Map(
    groups.flatMap(({ name }) => {
      const record = leader.view.get(groupAddress(name))
      const committed = record === undefined ? null : contextOf<GroupContext>(record).committed
      if (committed === null) return []
      const { revision, digest, sizeBytes } = committed
      return [[name, { revision, digest, sizeBytes }] as const]
    }),
  )
}

async function joinAll(
  leader: RunningLeader,
  { nodes, groups }: RehearsalTopology,
  committed: ReadonlyMap<string, Generation>,
): Promise<void> {
  for (const { name } of groups) {
    const members = nodes.filter(node => node.groups[name] !== undefined)
    for (let from = 0; from < members.length; from += TOKEN_USES)
      await joinSome(leader, name, members.slice(from, from + TOKEN_USES), from)
  }
  await submitAll(leader, nodes.map(helloOf))
  await submitAll(
    leader,
    nodes.map(node => firstReport(node, committed)),
  )
  const away = nodes.filter(({ liveness }) => liveness !== 'alive')
  await submitAll(
    leader,
    away.map(({ name, liveness }) => livenessInput([{ node: name, to: liveness }])),
  )
}

async function joinSome(
  leader: RunningLeader,
  group: string,
  members: readonly NodeShape[],
  from: number,
): Promise<void> {
  const id = `t-${group}-${from}`
  const secretDigest = digestOfBytes(Buffer.from(id))
  const token = { id, group, uses: members.length, expiresAtMs: Number.MAX_SAFE_INTEGER, secretDigest }
  const scopes = { by: ADMIN.principal, scopes: ADMIN.scopes }
  await submit(leader, { route: 'create-token', ...scopes, body: { ...token, idempotency: null } })
  const redeemed = members.map(({ name }) => {
    const body = { token: id, secretDigest, key: keyOf(name), name }
    return { route: 'redeem', by: `node/${name}`, scopes: ['node'], body }
  })
  await submitAll(leader, redeemed)
}

/** What an agent says first on a link, as an input. */
export function helloOf({ name }: Pick<NodeShape, 'name'>): Input {
  const body: CborValue = { key: keyOf(name), labels: {}, platform: {}, version: 'rehearsed' }
  return { route: 'hello', by: `node/${name}`, scopes: ['node'], body }
}

function keyOf(node: string): string {
  return digestOfBytes(Buffer.from(node))
}

/** Every node runs what its groups committed: that is how a rehearsal begins. */
function firstReport({ name, groups }: NodeShape, committed: ReadonlyMap<string, Generation>): Input {
  const reports = Object.entries(groups).flatMap(([group, processes]) => {
    const generation = committed.get(group)
    if (generation === undefined) return []
    const { revision, digest } = generation
    const progress = { revision, phase: 'applied' as const }
    return [{ group, active: revision, digest, activation: 1, progress, fallback: null, processes }]
  })
  return reportInput({ t: 'report', seq: FIRST_REPORT_SEQ, groups: reports }, name)
}

async function submit(leader: RunningLeader, input: Input): Promise<void> {
  await leader.submit(() => ({ input }))
}

async function submitAll(leader: RunningLeader, inputs: readonly Input[]): Promise<void> {
  for (let from = 0; from < inputs.length; from += FACTS_AT_ONCE)
    await Promise.all(inputs.slice(from, from + FACTS_AT_ONCE).map(input => leader.submitFact(input)))
}
