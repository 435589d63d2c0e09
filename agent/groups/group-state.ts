import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Desire } from '../../actors/vocabulary/desire.ts'
import type { Revision } from '../../actors/vocabulary/revision.ts'
import type { BootLoopGuard } from './boot-loop-guard.ts'
import type { WriteCause } from './group-input.ts'
import type { ActiveGeneration, CommittedProof, GroupRecord, HeldGeneration } from '../store/group-record.ts'
import type { Registration } from './group-service.ts'
import type { Round } from './round.ts'

/** Connections of processes to one group that are held at once. */
export const REGISTRATIONS_MAX = 4096

/**
 * One group on this node. `record` is what is on disk, and the only thing that anyone is told of; while `writing`,
 * the next record is on its way there and no other is begun. The rest lives as long as the agent.
 */
export interface GroupState {
  readonly record: GroupRecord
  readonly writing: { readonly record: GroupRecord; readonly cause: WriteCause } | null
  /** What central wants, heard in this life. A desire of an earlier life drives nothing. */
  readonly desire: Desire | null
  /** The desire was made of a proof that a peer passed on, for want of a link. */
  readonly isFromPeer: boolean
  /** The newest proof of what the group committed; on its way into the record while it is newer than that. */
  readonly proof: CommittedProof | null
  /** The link is up and central welcomed the node. */
  readonly linked: boolean
  /** Wall milliseconds since when the served state is stale; null while it is fresh. */
  readonly staleSinceMs: number | null
  readonly bundles: ReadonlyMap<Digest, BundleProgress>
  /** What was served before the active one: a process that reads it in pieces may finish. */
  readonly superseded: ActiveGeneration | null
  readonly registrations: ReadonlyMap<string, Registration>
  /** The round that asks processes to prepare the candidate, with the candidate it asks for. */
  readonly preparing: { readonly candidate: HeldGeneration; readonly round: Round } | null
  /** The candidate that every preparing process said ok to, with the activation number it was promised, if any. */
  readonly prepared: { readonly candidate: HeldGeneration; readonly activation: number | null } | null
  /** What a life of the agent before this one had pinned, by process, until that generation is activated again. */
  readonly inherited: ReadonlyMap<string, number>
  /** The round that waits for acknowledgements of the active generation. */
  readonly applying: Round | null
  readonly guard: BootLoopGuard | null
  /** The node is on its way back to an older generation by itself. */
  readonly falling: Falling | null
}

/** Before every time of the monotonic clock. */
export const OVERDUE_MS = -Infinity

export interface BundleProgress {
  readonly at: 'obtaining' | 'ready' | 'waiting'
  /** Failed tries that were not for want of a link. */
  readonly failures: number
  /**
   * When `waiting`: monotonic milliseconds of the next try; `OVERDUE_MS` when it has come and the try could not begin;
   * infinite when only a new desire or link leads to one.
   */
  readonly retryAtMs: number
  /** Set when the generation cannot be had at all: it is to be refused for this reason. */
  readonly refusal: string | null
}

export interface Falling {
  readonly from: Revision
  readonly reason: string
  /** Set when the revision is to be quarantined. */
  readonly quarantine: HeldGeneration | null
  /** Generations that turned out not to be readable on the way. */
  readonly unreadable: ReadonlySet<Digest>
}

export function newGroupState(record: GroupRecord, wallMs: number): GroupState {
  return {
    record,
    writing: null,
    desire: null,
    isFromPeer: false,
    proof: record.proof,
    linked: false,
    staleSinceMs: wallMs,
    bundles: new Map(),
    superseded: null,
    registrations: new Map(),
    preparing: null,
    prepared: null,
    inherited: new Map(record.pinned?.owed.map(({ process, instances }) => [process, instances])),
    applying: null,
    guard: null,
    falling: null,
  }
}

/** Tells instances apart within a group. Names hold no NUL. */
export function instanceKey(registration: Registration): string {
  return `${registration.process}\0${registration.instance}`
}
