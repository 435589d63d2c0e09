import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Revision } from '../../actors/vocabulary/revision.ts'

/** What a process is told of a group: the STATE of the socket protocol without its values. */
export interface ServedState {
  readonly revision: Revision
  readonly digest: Digest
  readonly activation: number
  readonly sizeBytes: number
  /** True while central is away or the node serves something else than what the group committed. */
  readonly stale: boolean
  /** Wall milliseconds since when it is stale. */
  readonly sinceMs?: number
}

/** One process instance that uses a group. `instance` tells restarts of one process apart. */
export interface Registration {
  readonly group: string
  readonly process: string
  readonly instance: string
  readonly pid: number
  /** True when it wants to be asked before an activation. */
  readonly prepare: boolean
}

export interface Acknowledgement {
  readonly activation: number
  readonly phase: 'prepare' | 'applied'
  readonly outcome: 'ok' | 'rejected'
  readonly reason?: string
}

/** What a group tells its processes. The `state` of `prepare` is the candidate's, with the activation it would get. */
export type GroupEvent =
  | {
      readonly event: 'prepare'
      readonly group: string
      readonly state: ServedState
      readonly deadlineMs: number
    }
  | {
      readonly event: 'change'
      readonly group: string
      readonly state: ServedState
      readonly deadlineMs: number
    }
  | { readonly event: 'stale'; readonly group: string; readonly sinceMs: number }
  | { readonly event: 'fresh'; readonly group: string }

/**
 * The face that a node's groups show to the socket server: the seam between local processes and the reconciliation
 * with central. All of it is synchronous and from memory; durability came before.
 */
export interface GroupService {
  /** The node's name. */
  readonly node: string
  /** What is served now; undefined when the node does not belong to the group or holds no generation yet. */
  state(group: string): ServedState | undefined
  /**
   * The canonical CBOR map of a served generation: the active one, or the one of `activation` while it is still held
   * (the candidate during prepare, the active, the one before). Undefined otherwise. Never modified afterwards.
   */
  bundle(group: string, activation?: number): Uint8Array | undefined
  /** The active generation's entries, decoded once per activation. */
  values(group: string): ReadonlyMap<string, unknown> | undefined
  /** Whether the node belongs to the group (it may hold no generation yet). */
  belongs(group: string): boolean
  /**
   * Registers an instance, or takes over after a reconnect of the same instance. `heldActivation` is what it already
   * has. Answers whether it owes an acknowledgement of the active generation. `notify` receives the group's events
   * until `disconnected` or `bye`.
   */
  register(
    registration: Registration,
    heldActivation: number | undefined,
    notify: (event: GroupEvent) => void,
  ): { readonly owesAck: boolean }
  /** Throws `KONOR_SOCKET_STALE_ACK` for an activation that is not awaited; a repeated one is fine. */
  acknowledge(registration: Registration, acknowledgement: Acknowledgement): void
  /** The instance ends in good order: it owes nothing any more. */
  bye(registration: Registration): void
  /** The connection broke without `bye`: pending until its deadline, and a death for the boot-loop guard. */
  disconnected(registration: Registration): void
  /** Processes (not instances) of a group that are registered now, for status. */
  registered(group: string): number
  /** Calls `listener` when the served state of any group changes (also for `konor read --watch`, files, metrics). */
  onServed(listener: (group: string) => void): () => void
}
