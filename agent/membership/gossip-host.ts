import type { Member } from '../../runtime/gossip/core/member.ts'
import type { UdpHost, UdpHostOptions } from '../../runtime/gossip/udp/udp-host.ts'

type Parts = 'address' | 'keyring' | 'stats' | 'join' | 'leave' | 'describe' | 'request' | 'serve' | 'close'

/** What a node needs of its gossip member, on real sockets or others. */
export interface GossipHost extends Pick<UdpHost<Member>, Parts> {
  readonly member: Pick<Member, 'self' | 'get' | 'records' | 'liveCount'>
}

/** Binds a member and brings it to life, alone. Throws `KONOR_GOSSIP_BIND`, `KONOR_GOSSIP_ADDRESS`. */
export type StartGossipHost = (options: UdpHostOptions<Member>) => Promise<GossipHost>
