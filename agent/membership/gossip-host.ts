import type { Member } from '../../runtime/gossip/core/member.ts'
import type { UdpHost, UdpHostOptions } from '../../runtime/gossip/udp/udp-host.ts'

/** What a node needs of its gossip member, on real sockets or others. */
export type GossipHost = Pick<
  UdpHost<Member>,
  'address' | 'member' | 'keyring' | 'stats' | 'join' | 'leave' | 'describe' | 'broadcast' | 'close'
>

/** Binds a member and brings it to life, alone. Throws `KONOR_GOSSIP_BIND`, `KONOR_GOSSIP_ADDRESS`. */
export type StartGossipHost = (options: UdpHostOptions<Member>) => Promise<GossipHost>
