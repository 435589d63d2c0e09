import type { MemberStatus } from '../../gossip/core/member-record.ts'
import type { GossipInvitation } from '../../links/protocol.ts'

/** What gossip holds about the member that speaks for a node. */
export interface Sighting {
  readonly status: Exclude<MemberStatus, 'candidate'>
  /** Boot number of the member: a later one is another life. */
  readonly epoch: number
}

/** What the links need of gossip: how agents take part in it, and what it says of their nodes. */
export interface LinkMembership {
  /** How an agent takes part in gossip now. */
  invitation(): GossipInvitation
  /** Number of the keys in the invitation; it grows as they move on. */
  readonly keyStage: number
  bundleKey(group: string): Uint8Array
  /**
   * Tells what gossip holds of each node, now and whenever it changes; undefined when it knows nothing of it any more.
   * Answers how to stop.
   */
  watch(listener: (node: string, sighting: Sighting | undefined) => void): () => void
  /** Whether gossip hears the node again that it has called dead: a return that is told late, as it came and went. */
  isReturning(node: string): boolean
  /** Called after the invitation has changed for everybody. */
  onMoved(listener: () => void): () => void
}
