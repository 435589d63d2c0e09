import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, isIPv4, isIPv6 } from 'node:net'
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
  return datagramPort(socket, isIPv6(address.host) ? mapped : plain)
}

const MAPPED_PREFIX = '::ffff:'

/** What the system calls a host on some socket, and what members call it. */
interface HostNames {
  toSystem(host: string): string
  toMembers(host: string): string
}

const plain: HostNames = { toSystem: host => host, toMembers: host => host }

/** A socket on `::` speaks with IPv4 members too, by names (RFC 4291, 2.5.5.2) that no other member knows. */
const mapped: HostNames = {
  toSystem: host => (isIPv4(host) ? `${MAPPED_PREFIX}${host}` : host),
  toMembers(host) {
    const rest = host.slice(MAPPED_PREFIX.length)
    return host.startsWith(MAPPED_PREFIX) && isIPv4(rest) ? rest : host
  },
}

function datagramPort(socket: Socket, { toSystem, toMembers }: HostNames): DatagramPort {
  return {
    get receiveBufferBytes() {
      return socket.getRecvBufferSize()
    },
    onDatagram(handle) {
      socket.on('message', (datagram, { address, port }) =>
        handle(datagram, { host: toMembers(address), port }),
      )
    },
    onError: handle => void socket.on('error', handle),
    send: (datagram, { host, port }, done) => socket.send(datagram, port, toSystem(host), done),
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
