import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Desire } from '../../actors/vocabulary/desire.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import type { CommittedProof, GroupRecord } from '../store/group-record.ts'
import type { Acknowledgement, GroupEvent, Registration } from './group-service.ts'

/** Time as the host reads it once for an input: monotonic for deadlines, wall for what people read. */
export interface Now {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** What can happen to a group on this node. */
export type GroupInput =
  /** First input of every life: the host has opened the store. `recovered`: its newest write may be lost. */
  | { readonly type: 'BOOTED'; readonly recovered: boolean }
  /** A desire that passed the fence; `proof`: central's word for what it says is committed, verified. */
  | { readonly type: 'DESIRED'; readonly desire: Desire; readonly proof?: CommittedProof | undefined }
  /** A peer passed on what central signed; verified, and at or above the fence. */
  | { readonly type: 'PEER_COMMITTED'; readonly proof: CommittedProof }
  /** Central no longer counts the node to the group. */
  | { readonly type: 'REMOVED' }
  | { readonly type: 'LINK_UP' }
  | { readonly type: 'LINK_DOWN' }
  /** The generation's verified bytes are durable and in memory. */
  | { readonly type: 'OBTAINED'; readonly digest: Digest }
  | { readonly type: 'OBTAIN_FAILED'; readonly digest: Digest; readonly failure: ObtainFailure }
  /** The record of the last `persist` is durable. */
  | { readonly type: 'PERSISTED' }
  /** `heldActivation`: what the instance says it holds already. */
  | {
      readonly type: 'REGISTERED'
      readonly registration: Registration
      readonly heldActivation?: number | undefined
    }
  | {
      readonly type: 'ACKNOWLEDGED'
      readonly registration: Registration
      readonly acknowledgement: Acknowledgement
    }
  | { readonly type: 'BYE'; readonly registration: Registration }
  | { readonly type: 'DISCONNECTED'; readonly registration: Registration }
  /** The time that `wakeAtMs` named has come. Early or late, it only makes the core look at the clock. */
  | { readonly type: 'WOKEN' }

/** `offline`: no link, or not stored locally; the next desire tries again. `wrong`: the bytes are not the revision. */
export interface ObtainFailure {
  readonly kind: 'offline' | 'passing' | 'wrong'
  readonly reason: string
}

/** Why a record is written: what follows once it is durable. */
export type WriteCause =
  | 'activate'
  | 'fall-back'
  | 'reserve'
  | 'applied'
  | 'rejected'
  | 'retried'
  | 'proved'
  | 'removed'
  | 'joined'

/** What the host does for a group, in the order given. Each is durable, or sent, before the next begins. */
export type GroupAction =
  /** Read the generation from the store, or fetch and store it unless `localOnly`; answer OBTAINED or OBTAIN_FAILED. */
  | { readonly do: 'obtain'; readonly generation: Generation; readonly localOnly: boolean }
  /** Write the record; answer PERSISTED when it is durable, however long that takes. One at a time. */
  | { readonly do: 'persist'; readonly record: GroupRecord; readonly cause: WriteCause }
  | { readonly do: 'push'; readonly event: GroupEvent; readonly to: readonly string[] }
  /** The report changed: it is to reach central. */
  | { readonly do: 'report' }
  /** What is served changed: local listeners look again. */
  | { readonly do: 'announce' }
  /** Generations may have become free. */
  | { readonly do: 'collect' }
  | { readonly do: 'warn'; readonly code: string; readonly message: string; readonly fields: object }
