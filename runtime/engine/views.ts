import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Pins, Revision } from '../../actors/vocabulary/revision.ts'
import type { Json } from '../journal/json-of.ts'

/** The shapes that readers get: REST answers them, the CLI prints them. Times are ISO 8601 UTC. */

export type JobState = 'accepted' | 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled'

export interface StepView {
  readonly id: string
  readonly kind: string
  readonly target: string
  readonly state: 'pending' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled'
  readonly attempts: number
  readonly nextAt?: string
  readonly error?: { readonly code: string; readonly message: string }
}

export interface GroupOutcome {
  readonly group: string
  readonly revision: Revision | null
  readonly outcome: 'pending' | 'committed' | 'rolled-back' | 'aborted' | 'unchanged' | 'failed'
  readonly reason?: string
}

export interface JobView {
  readonly id: string
  readonly kind: string
  readonly state: JobState
  readonly reason?: string
  readonly supersededBy?: string
  readonly plan: { readonly digest: Digest | null; readonly steps: readonly StepView[] }
  readonly groups: readonly GroupOutcome[]
  readonly createdAt: string
  readonly finishedAt?: string
  readonly by: string
  readonly traceId?: string
  /** `TIMELINE-SEQ` of the record that accepted it. */
  readonly index: string
}

export interface KeyView {
  readonly path: string
  readonly key: string
  readonly value: CborValue
  readonly version: number
  readonly updatedAt: string
  readonly by: string
}

export interface PathView {
  readonly path: string
  readonly version: number
  readonly labels: Readonly<Record<string, string>>
  readonly entries: Readonly<Record<string, CborValue>>
  readonly updatedAt: string
  readonly by: string
}

export interface HistoryView {
  readonly path: string
  readonly version: number
  readonly digest: Digest
  readonly keys: number
  readonly sizeBytes: number
  readonly deleted: boolean
  readonly at: string
  readonly by: string
  readonly job: string
}

export interface HeldView {
  readonly path: string
  readonly pinned: number | null
  readonly head: number
}

export interface RevisionView {
  readonly revision: Revision
  readonly digest: Digest
  readonly at: string
  readonly pins: Pins
  readonly outcome?: string
  readonly kind?: string
  readonly job?: string
  readonly by?: string
}

export interface GroupView {
  readonly name: string
  readonly sets: readonly string[]
  readonly policy: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'steady' | 'rolling' | 'paused' | 'degraded'
  readonly reason?: string
  readonly committed: RevisionView | null
  readonly candidate?: RevisionView
  readonly previous?: RevisionView
  readonly held: readonly HeldView[]
  readonly rollout?: RolloutView
  readonly counts: { readonly nodes: number; readonly live: number; readonly applied: number }
}

export interface RolloutView {
  readonly revision: Revision
  readonly state: string
  readonly policy: string
  readonly phase: string
  readonly job: string
  readonly counts: Readonly<Record<string, number>>
  readonly reason?: string
  readonly startedAt: string
  readonly deadlineAt?: string
}

export type Liveness = 'alive' | 'suspect' | 'offline' | 'left'

export interface GroupNodeView {
  readonly node: string
  readonly liveness: Liveness
  readonly staged: Revision | null
  readonly active: Revision | null
  readonly digest: Digest | null
  readonly activation: number
  readonly stale: boolean
  readonly progress?: { readonly revision: Revision; readonly phase: string; readonly reason?: string }
  readonly fallback?: { readonly from: Revision; readonly reason: string }
  readonly since: string
}

export interface NodeView {
  readonly name: string
  readonly id: string
  readonly lifecycle: 'joining' | 'syncing' | 'operating' | 'reacting' | 'draining' | 'left'
  readonly liveness: Liveness
  readonly since: string
  readonly labels: Readonly<Record<string, string>>
  readonly platform: Readonly<Record<string, string>>
  readonly groups: readonly {
    readonly group: string
    readonly staged: Revision | null
    readonly active: Revision | null
    readonly digest: Digest | null
    readonly stale: boolean
  }[]
}

export interface TokenView {
  readonly id: string
  readonly group: string
  readonly state: 'active' | 'exhausted' | 'revoked' | 'expired'
  readonly uses: number
  readonly used: number
  readonly expiresAt: string
  readonly createdAt: string
  readonly by: string
}

export interface PolicyView {
  readonly name: string
  readonly uses: string
  readonly with: Readonly<Record<string, CborValue>>
  readonly digest: Digest
  /** The statechart as data, for drawing. */
  readonly machine: CborValue
  readonly builtIn: boolean
}

export interface EffectiveView {
  readonly group: string
  readonly revision: Revision | null
  readonly digest: Digest | null
  readonly entries: Readonly<Record<string, CborValue>>
  /** Key → the path whose value won. */
  readonly from: Readonly<Record<string, string>>
}

export interface AuditView {
  /** `TIMELINE-SEQ.K`. */
  readonly id: string
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly resource: string
  readonly outcome: 'accepted' | 'refused'
  readonly code?: string
  readonly detail: Readonly<Record<string, CborValue>>
  readonly traceId?: string
}

/** One public event. `id` is `TIMELINE-SEQ.K`: K counts the events of one record. */
export interface EventView {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly address: string
  readonly data: Readonly<Record<string, CborValue>>
}

/** An actor in a list. */
export interface ActorView {
  readonly address: Address
  readonly kind: string
  /** As people read it: `rolling.paused`, `lifecycle.operating + liveness.alive`. */
  readonly state: string
  /** The chart and version it was born with: `job@1`. */
  readonly machine: string
  /** Ended, but still readable. */
  readonly ended: boolean
  /** Journaled timers that are armed. */
  readonly timers: number
  /** Sequence of the record that last changed it. */
  readonly changedSeq: number
}

export interface TimerView {
  readonly id: string
  /** Journal time in milliseconds at which it is due. */
  readonly dueMs: number
  readonly event: string
}

/** An actor with all that it knows; proofs of secrets are redacted. */
export interface ActorDetailView extends Omit<ActorView, 'timers'> {
  /** The state as its chart has it: a name, or names within names. */
  readonly value: Json
  readonly context: Json
  readonly timers: readonly TimerView[]
}

/** An actor at one point of the journal, with the chart that it follows. */
export interface ActorAtView extends ActorDetailView {
  /** `TIMELINE-SEQ` of the state it was read from. */
  readonly index: string
  /** The statechart as data, for drawing. */
  readonly chart: CborValue
}

/** Which page of a list. */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** A member of gossip as central sees it. */
export interface GossipMemberView {
  /** Null: no node of this cluster has its key; it counts nowhere. */
  readonly node: string | null
  readonly member: string
  readonly address: string
  readonly status: 'alive' | 'suspect' | 'dead' | 'left'
  /** Of the last probe of central that it answered. */
  readonly roundTripMs?: number
}

/** Central as a member of gossip, and what it knows of the others. */
export interface GossipView {
  readonly preset: string
  readonly address: string
  readonly member: string
  /** Lifeguard's score of central itself: 0 is well. */
  readonly localHealth: number
  /** A crash is journaled within this; a new leader accuses nobody before. */
  readonly detectionBoundMs: number
  readonly keys: {
    readonly generation: number
    readonly phase: 'settled' | 'installing' | 'using' | 'removing'
    readonly since?: string
    /** Ids of keys; never keys. */
    readonly primary: string
    readonly ids: readonly string[]
    /** Nodes that the phase waits for, a few of them. */
    readonly waitingFor: readonly string[]
    readonly waitingForCount: number
    /** A node was removed: a rotation follows by itself. */
    readonly owed: boolean
  }
  /** Members that are nodes of this cluster, by status, and those that are not. */
  readonly counts: {
    readonly alive: number
    readonly suspect: number
    readonly dead: number
    readonly left: number
    readonly foreign: number
  }
  readonly members: readonly GossipMemberView[]
  /** Members beyond those shown. */
  readonly membersMore: number
}
