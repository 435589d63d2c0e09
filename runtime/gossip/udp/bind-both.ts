import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { DatagramSocket } from './datagram-socket.ts'
import type { GossipAddress } from './gossip-address.ts'
import type { GossipStreams } from './gossip-streams.ts'

/** How often another port is tried when any will do. */
const ATTEMPTS_MAX = 16

export interface BoundSockets {
  readonly datagrams: DatagramSocket
  readonly streams: GossipStreams
  readonly port: number
}

/**
 * UDP and TCP on one port, so that one address says how to reach a member. With port 0 the system chooses the TCP port,
 * and chooses again while the UDP port of that number is taken. Throws `KONOR_GOSSIP_BIND`.
 */
export async function bindBoth(
  address: GossipAddress,
  bindStreams: (address: GossipAddress) => Promise<GossipStreams>,
  bindDatagrams: (address: GossipAddress) => Promise<DatagramSocket>,
): Promise<BoundSockets> {
  for (let attempt = 1; ; attempt++) {
    const streams = await bindStreams(address)
    const { port } = streams
    try {
      return { streams, datagrams: await bindDatagrams({ ...address, port }), port }
    } catch (thrown) {
      await streams.close()
      const again = address.port === 0 && attempt < ATTEMPTS_MAX && isKonorError(thrown, 'KONOR_GOSSIP_BIND')
      if (!again) throw thrown
    }
  }
}
