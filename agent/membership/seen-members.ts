import type { MemberStatus } from '../../runtime/gossip/core/member-record.ts'
import type { MemberAddress, MemberId } from '../../runtime/gossip/core/messages.ts'
import type { GossipHost } from './gossip-host.ts'

/** Another member as this node sees it. */
export interface SeenMember {
  /** The first 16 bytes of SHA-256 over its public key, as hex. */
  readonly id: MemberId
  readonly status: Exclude<MemberStatus, 'candidate'>
  /** Where its gossip is reached, `IP:PORT`. */
  readonly address: MemberAddress
  /** Its group tags: see `mayBelongTo`. */
  readonly groupTags?: string
}

/** Everyone but the node itself and those whom it knows from hearsay alone. */
export function seenMembers(host: GossipHost | undefined): readonly SeenMember[] {
  if (host === undefined) return []
  return [...host.member.records()].flatMap(({ id, status, address, metaHash }) => {
    if (status === 'candidate' || id === host.member.self.id) return []
    return [{ id, status, address, ...(metaHash === undefined ? {} : { groupTags: metaHash }) }]
  })
}
