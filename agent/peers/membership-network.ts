import { streamFailed } from '../../runtime/gossip/wire/stream-seal.ts'
import { mayBelongTo } from '../membership/group-tags.ts'
import type { Membership } from '../membership/membership.ts'
import { seenMembers } from '../membership/seen-members.ts'
import type { PeerNetwork } from './peer-network.ts'

/** Peers are the living members of the node's gossip whose tags match, asked over its streams. */
export function createMembershipNetwork(membership: Pick<Membership, 'host'>): PeerNetwork {
  return {
    peersOf(bundleKey) {
      const mayBelong = mayBelongTo(bundleKey)
      return seenMembers(membership.host)
        .filter(({ status, groupTags }) => status === 'alive' && mayBelong(groupTags))
        .map(({ address }) => address)
    },

    request(to, name, payload) {
      const answer = membership.host?.request(to, name, payload)
      if (answer === undefined) throw streamFailed('this node takes no part in gossip')
      return answer
    },
  }
}
