import type { MemberAddress, MemberId } from './messages.ts'

/** What is known of a member when something happens to it. */
export interface MemberView {
  readonly id: MemberId
  readonly epoch: number
  readonly incarnation: number
  readonly address: MemberAddress
  readonly metaHash?: string
}

export type ConflictReason =
  /** Someone else runs under our own id. */
  | 'own-id-in-use'
  /** Others know a later boot of ours than this one: the epoch was not persisted, or the disk was restored. */
  | 'own-epoch-behind'
  /** A member speaks from an address that is not the one it announced. */
  | 'address-differs'
  /** Another member answers at the address of the one that was asked. */
  | 'address-reused'
  /** A record does not carry the signature of its subject. */
  | 'forged'

/** What happened, as this member sees it. Only `MEMBER_JOINED` brings a member into being. */
export type MemberEvent =
  | { readonly type: 'MEMBER_JOINED'; readonly member: MemberView }
  /** A suspect refuted, or a dead or left member is back. */
  | { readonly type: 'MEMBER_ALIVE'; readonly member: MemberView }
  | { readonly type: 'MEMBER_SUSPECT'; readonly member: MemberView; readonly accusers: readonly MemberId[] }
  | { readonly type: 'MEMBER_DEAD'; readonly member: MemberView; readonly accusers: readonly MemberId[] }
  | { readonly type: 'MEMBER_LEFT'; readonly member: MemberView }
  /** Epoch, address or metadata of a living member changed. */
  | { readonly type: 'MEMBER_UPDATED'; readonly member: MemberView }
  /** The tombstone was cleared away: the member is forgotten. */
  | { readonly type: 'MEMBER_REAPED'; readonly id: MemberId }
  | {
      readonly type: 'MEMBER_CONFLICT'
      readonly id: MemberId
      readonly reason: ConflictReason
      readonly address?: MemberAddress
    }
  /** Statistics that came with a ping or an ack; the round trip where it was measured. */
  | {
      readonly type: 'HEARTBEAT_RECEIVED'
      readonly id: MemberId
      readonly heartbeat: Uint8Array
      readonly roundTripMs?: number
      readonly loopLagMs?: number
    }
  | {
      readonly type: 'EVENT_RECEIVED'
      readonly author: MemberId
      readonly lamport: number
      readonly name: string
      readonly payload: Uint8Array
    }
  /** A probe ended; `reached` says how, absent when it failed. */
  | {
      readonly type: 'PROBE_ENDED'
      readonly id: MemberId
      readonly reached?: 'directly' | 'through-helper' | 'by-stream'
      readonly roundTripMs?: number
    }
  /** A seed let us in. */
  | { readonly type: 'SELF_WELCOMED'; readonly by: MemberId }
  /** Others accused us; we objected with this incarnation. */
  | { readonly type: 'SELF_REFUTED'; readonly incarnation: number }
  /** We stood still and gave nobody the blame. */
  | { readonly type: 'SELF_STALLED'; readonly lagMs: number }
  /** The farewell is out; the host may close. */
  | { readonly type: 'SELF_LEFT' }
