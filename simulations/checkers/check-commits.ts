import type { GroupPlan } from '../cluster/topology.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'
import type { CborItem } from './read-cbor.ts'

type Phase = 'staging' | 'staged' | 'activated' | 'applied' | 'rejected'

/** What central had heard of one node in one group, told from the inputs of the journal alone. */
interface Standing {
  phase: Phase | undefined
  revision: number
}

interface Heard {
  /** Nodes of each group, and where they stand. */
  readonly groups: Map<string, Map<string, Standing>>
  readonly offline: Set<string>
  readonly lastSeq: Map<string, number>
  readonly tokens: Map<string, string>
  readonly draining: Set<string>
  /** Rollouts that began in a record of the first fold version: `GROUP REVISION`. */
  readonly ofFirstFold: Set<string>
}

/**
 * Promise 3: `strong` commits only what every subscribed node has staged; `eventual` only with its quorum and floor,
 * counting no stale, repeated or foreign word. Facts that share a record are counted one after the other: a commit is
 * legal when it was so after one of them.
 */
export function checkCommits({ topology, records }: Evidence): Violation[] {
  const plans = new Map(topology.groups.map(plan => [plan.name, plan]))
  const heard: Heard = {
    groups: new Map(),
    offline: new Set(),
    lastSeq: new Map(),
    tokens: new Map(),
    draining: new Set(),
    ofFirstFold: new Set(),
  }
  return records.flatMap(read => {
    noteFirstFold(heard, read)
    const open = commitsOf(read).map(commit => ({ ...commit, objection: '' as string | undefined }))
    const judge = (): void => {
      for (const commit of open) {
        const plan = plans.get(commit.group)
        if (plan !== undefined && commit.objection !== undefined)
          commit.objection = objection(plan, commit.revision, heard)
      }
    }
    judge()
    for (const input of read.inputs.flatMap(oneByOne)) {
      hear(heard, input)
      judge()
    }
    noteRoster(heard, read)
    judge()
    return open.flatMap(({ group, revision, objection: why }) =>
      why === undefined
        ? []
        : [{ promise: 3, what: `${group} committed ${revision} in record ${read.record.seq}: ${why}` }],
    )
  })
}

/** Several changes of liveness in one input are facts that follow one another. */
function oneByOne(input: ReadRecord['inputs'][number]): readonly ReadRecord['inputs'][number][] {
  if (input.route !== 'liveness') return [input]
  const changes = input.body['changes'] as readonly CborItem[]
  return changes.map(change => ({ ...input, body: { changes: [change] } }))
}

/** Restored content is committed without asking anybody. */
function commitsOf({ outputs }: ReadRecord): { group: string; revision: number }[] {
  return outputs
    .filter(
      ({ type, data }) =>
        type === 'group.committed' && data['kind'] !== 'rollback' && data['kind'] !== 'restore',
    )
    .map(({ data }) => ({ group: String(data['group']), revision: Number(data['revision']) }))
}

function hear(heard: Heard, { route, body }: ReadRecord['inputs'][number]): void {
  if (route === 'hello' || route === 'report') {
    const node = String(body['node'] ?? body['name'])
    if (route === 'hello') heard.offline.delete(node)
    else hearReport(heard, node, body)
  } else if (route === 'liveness') {
    for (const { node, to } of body['changes'] as unknown as readonly { node: string; to: string }[]) {
      if (to === 'offline' || to === 'left') heard.offline.add(node)
      else heard.offline.delete(node)
    }
  }
}

function hearReport(heard: Heard, node: string, body: ReadRecord['inputs'][number]['body']): void {
  const seq = Number(body['seq'])
  if (seq <= (heard.lastSeq.get(node) ?? 0)) return
  heard.lastSeq.set(node, seq)
  const reports = body['groups'] as unknown as readonly {
    readonly group: string
    readonly progress: { readonly revision: number; readonly phase: Phase } | null
  }[]
  for (const { group, progress } of reports) {
    const standing = heard.groups.get(group)?.get(node)
    if (standing === undefined) continue
    standing.phase = progress?.phase
    standing.revision = progress?.revision ?? 0
  }
}

function noteFirstFold({ ofFirstFold }: Heard, { fold, outputs }: ReadRecord): void {
  if (fold > 1) return
  for (const { type, data } of outputs)
    if (type === 'rollout.started') ofFirstFold.add(`${String(data['group'])} ${String(data['revision'])}`)
}

/** Who belongs to a group: as the journal told it. */
function noteRoster({ groups, offline, lastSeq, draining }: Heard, { outputs }: ReadRecord): void {
  for (const { type, data } of outputs) {
    const [group, node] = [String(data['group']), String(data['node'])]
    if (type === 'subscription.joined') {
      if (!groups.has(group)) groups.set(group, new Map())
      if (!draining.has(node)) groups.get(group)?.set(node, { phase: undefined, revision: 0 })
    } else if (type === 'node.joined') {
      // Another agent of that name counts anew, whatever the one before it still said after its removal.
      lastSeq.delete(node)
    } else if (type === 'subscription.left') groups.get(group)?.delete(node)
    else if (type === 'group.deleted') groups.delete(group)
    else if (type === 'node.draining' || type === 'node.removed') {
      for (const nodes of groups.values()) nodes.delete(node)
      if (type === 'node.draining') draining.add(node)
      else for (const set of [offline, lastSeq, draining]) set.delete(node)
    }
  }
}

/** Why the group may not commit the revision now; undefined when it may. */
function objection(
  { name, policy }: GroupPlan,
  revision: number,
  { groups, offline, ofFirstFold }: Heard,
): string | undefined {
  const nodes = [...(groups.get(name) ?? new Map<string, Standing>())]
  const phaseOf = (standing: Standing): Phase | undefined =>
    standing.revision === revision ? standing.phase : undefined
  const has = (standing: Standing, ...phases: Phase[]): boolean => {
    const phase = phaseOf(standing)
    return phase !== undefined && phases.includes(phase)
  }
  if (policy.uses === 'strong') {
    const missing = nodes.filter(([, standing]) => !has(standing, 'staged', 'activated', 'applied'))
    return missing.length === 0 ? undefined : `${missing.map(([node]) => node).join()} had not staged it`
  }
  // In the first fold version whoever only fetched it left the denominator by going offline.
  const mayLeave = ofFirstFold.has(`${name} ${revision}`) ? [undefined, 'staging'] : [undefined]
  const voters = nodes.filter(
    ([node, standing]) => !offline.has(node) || !mayLeave.includes(phaseOf(standing)),
  )
  const applied = nodes.filter(([node, standing]) => !offline.has(node) && has(standing, 'applied'))
  const quorum = voters.length === 0 ? 0 : quorumOf(policy.with['quorum'], voters.length)
  const floor = policy.with['floor'] ?? 'third'
  const least = floor === 'third' ? Math.ceil(nodes.length / 3) : Number(floor)
  const needed = Math.max(quorum, Math.min(least, nodes.length))
  if (nodes.length === 0 || applied.length >= needed) return undefined
  return `${applied.length} of ${voters.length} had applied it, and ${needed} must`
}

function quorumOf(quorum: unknown, voters: number): number {
  if (typeof quorum === 'number') return Math.min(quorum, voters)
  if (typeof quorum === 'string' && quorum.endsWith('%'))
    return Math.ceil((voters * Number(quorum.slice(0, -1))) / 100)
  return Math.floor(voters / 2) + 1
}
