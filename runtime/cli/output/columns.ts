import type {
  ActorDetailView,
  ActorView,
  AuditView,
  GossipMemberView,
  GroupNodeView,
  GroupView,
  HistoryView,
  JobView,
  NodeView,
} from '../../engine/views.ts'
import type { PolicyView, RevisionView, StepView, TokenView } from '../../engine/views.ts'
import type { Column } from './table.ts'

/** The columns of each kind: first its name, last its time. */

export const groupColumns: readonly Column<GroupView>[] = [
  { title: 'NAME', cell: group => group.name },
  { title: 'STATE', cell: group => group.state },
  { title: 'POLICY', cell: group => group.policy },
  { title: 'REVISION', cell: group => group.committed?.revision },
  { title: 'CANDIDATE', cell: group => group.candidate?.revision },
  { title: 'NODES', cell: group => group.counts.nodes },
  { title: 'LIVE', cell: group => group.counts.live },
  { title: 'APPLIED', cell: group => group.counts.applied },
  { title: 'HELD', cell: group => group.held.map(({ path }) => path).join(','), wide: true },
  { title: 'SETS', cell: group => group.sets.join(','), wide: true },
  { title: 'COMMITTED', cell: group => group.committed?.at },
]

export const nodeColumns: readonly Column<NodeView>[] = [
  { title: 'NAME', cell: node => node.name },
  { title: 'LIFECYCLE', cell: node => node.lifecycle },
  { title: 'LIVENESS', cell: node => node.liveness },
  { title: 'GROUPS', cell: node => node.groups.map(({ group }) => group).join(',') },
  { title: 'LABELS', cell: node => pairs(node.labels), wide: true },
  { title: 'PLATFORM', cell: ({ platform }) => platformText(platform), wide: true },
  { title: 'SINCE', cell: node => node.since },
]

export const gossipMemberColumns: readonly Column<GossipMemberView>[] = [
  { title: 'NODE', cell: ({ node }) => node ?? '(of no node)' },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'ADDRESS', cell: ({ address }) => address },
  { title: 'RTT', cell: ({ roundTripMs }) => roundTripMs && `${roundTripMs.toFixed(1)} ms` },
  { title: 'MEMBER', cell: ({ member }) => member, wide: true },
]

export const groupNodeColumns: readonly Column<GroupNodeView>[] = [
  { title: 'NODE', cell: node => node.node },
  { title: 'LIVENESS', cell: node => node.liveness },
  { title: 'STAGED', cell: node => node.staged },
  { title: 'ACTIVE', cell: node => node.active },
  { title: 'ACTIVATION', cell: node => node.activation },
  { title: 'STALE', cell: node => node.stale },
  { title: 'PROGRESS', cell: node => progressText(node) },
  { title: 'SINCE', cell: node => node.since },
]

export const jobColumns: readonly Column<JobView>[] = [
  { title: 'ID', cell: job => job.id },
  { title: 'KIND', cell: job => job.kind },
  { title: 'STATE', cell: job => job.state },
  { title: 'GROUPS', cell: job => job.groups.map(({ group, outcome }) => `${group}:${outcome}`).join(',') },
  { title: 'REASON', cell: job => job.reason, wide: true },
  { title: 'BY', cell: job => job.by, wide: true },
  { title: 'TRACE', cell: job => job.traceId, wide: true },
  { title: 'CREATED', cell: job => job.createdAt },
]

export const stepColumns: readonly Column<StepView>[] = [
  { title: 'STEP', cell: step => step.id },
  { title: 'KIND', cell: step => step.kind },
  { title: 'TARGET', cell: step => step.target },
  { title: 'STATE', cell: step => step.state },
  { title: 'ATTEMPTS', cell: step => step.attempts },
  { title: 'ERROR', cell: step => step.error?.message },
]

export const policyColumns: readonly Column<PolicyView>[] = [
  { title: 'NAME', cell: policy => policy.name },
  { title: 'USES', cell: policy => policy.uses },
  { title: 'BUILT-IN', cell: policy => policy.builtIn },
  { title: 'WITH', cell: policy => JSON.stringify(policy.with) },
  { title: 'DIGEST', cell: policy => policy.digest, wide: true },
]

export const tokenColumns: readonly Column<TokenView>[] = [
  { title: 'ID', cell: token => token.id },
  { title: 'GROUP', cell: token => token.group },
  { title: 'STATE', cell: token => token.state },
  { title: 'USED', cell: token => `${token.used}/${token.uses}` },
  { title: 'BY', cell: token => token.by, wide: true },
  { title: 'EXPIRES', cell: token => token.expiresAt },
]

export const historyColumns: readonly Column<HistoryView>[] = [
  { title: 'VERSION', cell: version => version.version },
  { title: 'KEYS', cell: version => version.keys },
  { title: 'BYTES', cell: version => version.sizeBytes },
  { title: 'DELETED', cell: version => version.deleted },
  { title: 'BY', cell: version => version.by },
  { title: 'JOB', cell: version => version.job },
  { title: 'DIGEST', cell: version => version.digest, wide: true },
  { title: 'AT', cell: version => version.at },
]

export const revisionColumns: readonly Column<RevisionView>[] = [
  { title: 'REVISION', cell: revision => revision.revision },
  { title: 'OUTCOME', cell: revision => revision.outcome },
  { title: 'KIND', cell: revision => revision.kind },
  { title: 'BY', cell: revision => revision.by },
  { title: 'JOB', cell: revision => revision.job },
  { title: 'DIGEST', cell: revision => revision.digest, wide: true },
  { title: 'AT', cell: revision => revision.at },
]

export const actorColumns: readonly Column<ActorView | ActorDetailView>[] = [
  { title: 'ADDRESS', cell: actor => actor.address },
  { title: 'STATE', cell: actor => actor.state },
  { title: 'MACHINE', cell: actor => actor.machine },
  { title: 'TIMERS', cell: ({ timers }) => (typeof timers === 'number' ? timers : timers.length) },
  { title: 'CHANGED', cell: actor => actor.changedSeq },
]

export const auditColumns: readonly Column<AuditView>[] = [
  { title: 'ID', cell: record => record.id },
  { title: 'ACTOR', cell: record => record.actor },
  { title: 'ACTION', cell: record => record.action },
  { title: 'RESOURCE', cell: record => record.resource },
  { title: 'OUTCOME', cell: record => record.outcome },
  { title: 'CODE', cell: record => record.code, wide: true },
  { title: 'AT', cell: record => record.at },
]

/** A ConfigSet in a list. */
export interface ConfigSetRow {
  readonly path: string
  readonly version: number
  readonly keys: number
}

export const configSetColumns: readonly Column<ConfigSetRow>[] = [
  { title: 'PATH', cell: set => set.path },
  { title: 'VERSION', cell: set => set.version },
  { title: 'KEYS', cell: set => set.keys },
]

/** A key with its value. */
export interface EntryRow {
  readonly key: string
  readonly value: unknown
}

export const entryColumns: readonly Column<EntryRow>[] = [
  { title: 'KEY', cell: entry => entry.key },
  { title: 'VALUE', cell: entry => JSON.stringify(entry.value) },
]

function pairs(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** `linux/x64`: the rest of what an agent knows of its machine is in `-o json`, and in `konor node health`. */
function platformText({ os, arch }: Readonly<Record<string, string>>): string {
  return [os, arch].filter(part => part !== undefined).join('/')
}

function progressText({ progress, fallback }: GroupNodeView): string | undefined {
  if (fallback !== undefined) return `fell back from ${fallback.from}: ${fallback.reason}`
  if (progress === undefined) return undefined
  const { revision, phase, reason } = progress
  return reason === undefined ? `${revision} ${phase}` : `${revision} ${phase}: ${reason}`
}
