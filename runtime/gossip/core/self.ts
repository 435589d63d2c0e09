import type { MemberAddress, MemberId } from './messages.ts'

/** What a member knows about itself when it starts. */
export interface SelfDescription {
  readonly id: MemberId
  /** Larger than at every start before: the host persists it. */
  readonly epoch: number
  /** Where others reach it. */
  readonly address: MemberAddress
  readonly metaHash?: string
  /** Statistics that ride on its pings and acks. */
  readonly heartbeat?: Uint8Array
}

/** The same while it runs. */
export interface Self {
  readonly id: MemberId
  readonly epoch: number
  incarnation: number
  address: MemberAddress
  metaHash: string | undefined
  heartbeat: Uint8Array | undefined
  phase: 'running' | 'leaving' | 'left'
}
