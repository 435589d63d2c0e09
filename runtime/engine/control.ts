import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { ManifestSource } from '../manifest/manifest-source.ts'
import type { AnalyticsReads } from './analytics-views.ts'
import type {
  ActorAtView,
  ActorView,
  AuditView,
  EffectiveView,
  EventView,
  GossipView,
  GroupNodeView,
  GroupView,
  HistoryView,
  JobView,
  KeyView,
  NodeView,
  Page,
  PageRequest,
  PathView,
  PolicyView,
  RevisionView,
  TokenView,
} from './views.ts'

/** Who asks, and how to tell a repetition of one request from a second request. */
export interface Caller {
  /** `key/ID` of the API key, or `system`. */
  readonly principal: string
  readonly scopes: readonly string[]
  readonly idempotencyKey?: string
  /** Digest of the request's method, path and body: another body under the same key is refused. */
  readonly requestDigest?: Digest
  /** W3C trace context of the request, carried to job, link frames and agent logs. */
  readonly traceparent?: string
}

export interface ApplyOptions {
  /** Refuse (`KONOR_ENGINE_PLAN_MOVED`) unless the compiled plan has this digest. */
  readonly planDigest?: Digest
  /** What happens to the sibling groups when one fails. */
  readonly onFailure?: 'keep' | 'rollback-all'
}

export interface EntryChange {
  readonly path: string
  /** Key → new value. */
  readonly set: Readonly<Record<string, CborValue>>
  readonly remove: readonly string[]
  /** Compare-and-set: the version that the key, or without `key` the path, must have (0: must not exist). */
  readonly ifMatch?: { readonly version: number; readonly key?: string }
}

export interface PlanView {
  readonly digest: Digest
  readonly plan: CborValue
}

export interface EntryDiff {
  readonly key: string
  readonly op: 'added' | 'changed' | 'removed'
  readonly before?: CborValue
  readonly after?: CborValue
  /** The path whose value is effective after the change. */
  readonly from?: string
}

export interface DiffView {
  readonly changed: boolean
  readonly groups: readonly { readonly group: string; readonly changes: readonly EntryDiff[] }[]
  readonly sets: readonly { readonly path: string; readonly changes: readonly EntryDiff[] }[]
}

export type RolloutAction = 'pause' | 'resume' | 'promote' | 'abort' | 'retry'

export interface AuditFilter {
  readonly actor?: string
  readonly resource?: string
  readonly action?: string
  readonly from?: string
  readonly to?: string
}

export interface ActorFilter {
  readonly kind?: string
  /** As `ActorView.state` has it. */
  readonly state?: string
}

/**
 * Everything that REST, the CLI and tests may ask of a central. Writes resolve when they are durable; all throw
 * `KonorError`. Reads answer from durable state only.
 */
export interface Control extends AnalyticsReads {
  apply(sources: readonly ManifestSource[], options: ApplyOptions, caller: Caller): Promise<JobView>
  plan(sources: readonly ManifestSource[], caller: Caller): Promise<PlanView>
  diff(sources: readonly ManifestSource[], caller: Caller): Promise<DiffView>
  changeEntries(change: EntryChange, caller: Caller): Promise<JobView>
  /** Deletes a declared thing: a ConfigSet (by path), a group or a policy (by name). */
  remove(
    kind: 'configset' | 'group' | 'policy',
    name: string,
    ifMatchVersion: number | undefined,
    caller: Caller,
  ): Promise<JobView>
  rollout(group: string, action: RolloutAction, caller: Caller): Promise<JobView>
  rollback(group: string, toRevision: number | undefined, caller: Caller): Promise<JobView>
  cancelJob(id: string, mode: 'stop-after-current' | 'abort-and-observe', caller: Caller): Promise<JobView>
  retryJob(id: string, caller: Caller): Promise<JobView>
  createToken(
    group: string,
    request: { readonly uses?: number; readonly expiresInMs?: number },
    caller: Caller,
  ): Promise<{
    readonly id: string
    readonly token: string
    readonly uses: number
    readonly expiresAt: string
  }>
  revokeToken(id: string, caller: Caller): Promise<void>
  drainNode(name: string, caller: Caller): Promise<NodeView>
  removeNode(name: string, caller: Caller): Promise<void>
  freeze(caller: Caller): Promise<void>
  thaw(caller: Caller): Promise<void>
  /** Begins to rotate the group key of gossip; refuses with `KONOR_GOSSIP_ROTATING` while that is under way. */
  rotateGossipKey(caller: Caller): Promise<GossipView>

  /** Resolves with the job when it ended, or as it stands when `timeoutMs` passed. */
  waitForJob(id: string, timeoutMs: number): Promise<JobView>
  job(id: string): JobView
  jobs(page: PageRequest, filter?: { readonly state?: string; readonly group?: string }): Page<JobView>
  jobPlan(id: string): Promise<PlanView>
  key(path: string, key: string, version?: number): Promise<KeyView>
  path(path: string, version?: number): Promise<PathView>
  paths(
    prefix: string,
    page: PageRequest,
  ): Page<{ readonly path: string; readonly version: number; readonly keys: number }>
  history(path: string, page: PageRequest): Page<HistoryView>
  group(name: string): GroupView
  groups(page: PageRequest): Page<GroupView>
  groupRevisions(name: string, page: PageRequest): Page<RevisionView>
  groupDiff(name: string, from: number, to: number): Promise<DiffView>
  groupNodes(name: string, page: PageRequest): Page<GroupNodeView>
  effective(name: string, revision?: number): Promise<EffectiveView>
  node(name: string): NodeView
  nodes(page: PageRequest): Page<NodeView>
  tokens(page: PageRequest): Page<TokenView>
  policy(name: string): PolicyView
  policies(page: PageRequest): Page<PolicyView>
  frozen(): boolean
  gossip(): GossipView
  audit(page: PageRequest, filter: AuditFilter): Promise<Page<AuditView>>
  actors(page: PageRequest, filter: ActorFilter): Page<ActorView>
  /**
   * An actor as it is, or as it was after record `atSeq`: that is a replay, a few at a time
   * (`KONOR_REPLAY_BUSY`), over a bounded number of records (`KONOR_REPLAY_TOO_LONG`), until the signal aborts.
   */
  actor(address: string, atSeq?: number, signal?: AbortSignal): Promise<ActorAtView>
  /** What the journal tells of an actor, newest first: its events, and audit entries about it. */
  actorEvents(address: string, page: PageRequest): Promise<Page<EventView>>

  /** The index of the newest folded record, as `TIMELINE-SEQ`. */
  index(): string
  /** Resolves when this replica has folded `index`; rejects with `KONOR_ENGINE_TIMEOUT` after `timeoutMs`. */
  waitForIndex(index: string, timeoutMs: number): Promise<void>
  /** Appends a fenced barrier record and resolves with its index: a read after it is linearizable. */
  barrier(): Promise<string>
  /**
   * Public events after `since` (`TIMELINE-SEQ.K`), or only new ones when undefined, without gap or repetition, until
   * the signal aborts. Yields a `ResetView` first when `since` is compacted or of a foreign timeline. A consumer that
   * is too slow is ended with `KONOR_ENGINE_SLOW_CONSUMER`.
   */
  events(since: string | undefined, signal: AbortSignal): AsyncIterable<EventView | ResetView>
  authenticate(apiKey: string): Pick<Caller, 'principal' | 'scopes'> | undefined
  health(): HealthView
}

export interface ResetView {
  readonly reset: true
  readonly id: string
  readonly groups: readonly GroupView[]
  readonly nodes: readonly NodeView[]
}

export interface HealthView {
  readonly ready: boolean
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
  readonly cluster: string
  readonly timeline: number
  readonly epoch: number
  readonly version: string
}
