import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, isIPv6 } from 'node:net'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { formatGossipAddress, type GossipAddress } from './gossip-address.ts'
import type { DatagramPort, GossipSockets, StreamHandlers, StreamListener } from './gossip-sockets.ts'
import { RECEIVE_BUFFER_BYTES, STREAM_BACKLOG } from './udp-limits.ts'

/** UDP, TCP and the event loop of this process. */
export const nodeSockets: GossipSockets = {
  bindDatagrams,
  listen,
  dial: ({ host, port }) => connect({ host, port, noDelay: true }),
  nextTurn(act) {
    const turn = setImmediate(act)
    return () => clearImmediate(turn)
  },
}

async function bindDatagrams(address: GossipAddress): Promise<DatagramPort> {
  const socket = createSocket({
    type: isIPv6(address.host) ? 'udp6' : 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    // Every address is a number: the resolver of the system, and its thread pool, have no part in it.
    lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
  })
  try {
    // Waited for before it is asked for: with that lookup the socket listens at once.
    const listening = once(socket, 'listening')
    socket.bind(address.port, address.host)
    await listening
  } catch (cause) {
    throw new KonorError('KONOR_GOSSIP_BIND', `cannot bind UDP ${formatGossipAddress(address)}`, { cause })
  }
  return datagramPort(socket)
}

function datagramPort(socket: Socket): DatagramPort {
  return {
    get receiveBufferBytes() {
      return socket.getRecvBufferSize()
    },
    onDatagram(handle) {
      socket.on('message', (datagram, { address: host, port }) => handle(datagram, { host, port }))
    },
    onError: handle => void socket.on('error', handle),
    send: (datagram, { host, port }, done) => socket.send(datagram, port, host, done),
    async close() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

async function listen(
  address: GossipAddress,
  { onStream, onError }: StreamHandlers,
): Promise<StreamListener> {
  const server = createServer({ pauseOnConnect: true, noDelay: true })
  try {
    server.listen({ ...address, backlog: STREAM_BACKLOG })
    await once(server, 'listening')
  } catch (cause) {
    throw new KonorError('KONOR_GOSSIP_BIND', `cannot bind TCP ${formatGossipAddress(address)}`, { cause })
  }
  // Connections that could not be accepted, for want of descriptors mostly.
  server.on('error', onError)
  server.on('connection', onStream)
  const bound = server.address()
  return {
    port: bound === null || typeof bound === 'string' ? 0 : bound.port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
