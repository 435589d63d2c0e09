import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { formatGossipAddress, readGossipAddress } from '../../runtime/gossip/udp/gossip-address.ts'
import type { GossipSockets, StreamHandlers } from '../../runtime/gossip/udp/gossip-sockets.ts'
import { RECEIVE_BUFFER_BYTES } from '../../runtime/gossip/udp/udp-limits.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'
import { SimulatedSocket } from './simulated-socket.ts'

/** While the network lets nothing through, a connection is tried again so often. */
const SYN_RETRY_MS = 1_000
const SYN_RETRIES_MAX = 6
/** Ports that nobody asked for by number. */
const FIRST_FREE_PORT = 40_000

/** Who accepts connections at an address. */
export interface StreamDoor {
  readonly program: Program
  readonly handlers: StreamHandlers
}

/**
 * UDP, TCP and the event loop of one program over the simulated network, for the gossip host of the product. Packets,
 * seals, sessions and proofs above are the real ones: only their way is simulated.
 */
export function createSimulatedSockets(network: Network, program: Program): GossipSockets {
  const { datagrams, doors } = network
  const bindable = (address: string, isTaken: (address: string) => boolean): string => {
    let port = FIRST_FREE_PORT
    const free = (): string => address.replace(/:0$/, `:${port}`)
    while (address.endsWith(':0') && isTaken(free())) port++
    if (isTaken(free()) || network.machineAt(address) !== program.machine)
      throw new KonorError('KONOR_GOSSIP_BIND', `cannot bind ${address}`)
    return free()
  }
  return {
    async bindDatagrams(wanted) {
      const address = bindable(formatGossipAddress(wanted), at => datagrams.isBound(at))
      let handle = (_datagram: Uint8Array, _from: string): void => {}
      const unbind = datagrams.bind(program, address, (datagram, from) => handle(datagram, from))
      return {
        receiveBufferBytes: RECEIVE_BUFFER_BYTES,
        onDatagram(taken) {
          handle = (datagram, from) => {
            const sender = readGossipAddress(from)
            if (sender !== undefined) taken(datagram, sender)
          }
        },
        onError() {},
        send(datagram, to, done) {
          datagrams.send(program, address, formatGossipAddress(to), datagram)
          done(null)
        },
        close: async () => unbind(),
      }
    },
    async listen(wanted, handlers) {
      const address = bindable(formatGossipAddress(wanted), at => doors.has(at))
      const door: StreamDoor = { program, handlers }
      doors.set(address, door)
      const shut = (): void => {
        if (doors.get(address) === door) doors.delete(address)
      }
      program.onEnd(shut)
      return { port: Number(address.slice(address.lastIndexOf(':') + 1)), close: async () => shut() }
    },
    dial(to) {
      const socket = new SimulatedSocket(network, program, to.host)
      knock(network, program, socket, formatGossipAddress(to), 0)
      return socket
    },
    // All that had arrived was given to the program before its timers: there is nothing to wait for but its promises.
    nextTurn(act) {
      let isCancelled = false
      // As `queueMicrotask`, without its bookkeeping of who asked.
      void Promise.resolve().then(() => program.enter(() => isCancelled || act()))
      return () => {
        isCancelled = true
      }
    },
  }
}

function knock(network: Network, program: Program, near: SimulatedSocket, to: string, tries: number): void {
  const { world } = network
  const here = program.machine.name
  const there = network.machineAt(to)
  const refuse = (code: string): void =>
    void program.later(0, () => near.fail(Object.assign(new Error(`${code}: ${to}`), { code })))
  if (there === undefined) return refuse('EHOSTUNREACH')
  world.after(network.linkDelayMs(here, there.name), () => {
    if (near.isClosed || !program.isAlive) return
    const isLost = network.isBlocked(here, there.name) || network.isBlocked(there.name, here)
    if (isLost || !there.isUp) {
      if (tries >= SYN_RETRIES_MAX) return refuse('ETIMEDOUT')
      return void world.after(SYN_RETRY_MS, () => knock(network, program, near, to, tries + 1))
    }
    const door = network.doors.get(to)
    if (door === undefined)
      return void world.after(network.linkDelayMs(there.name, here), () => refuse('ECONNREFUSED'))
    const far = new SimulatedSocket(network, door.program, network.ipOf(program.machine))
    far.pause()
    near.join(far)
    far.join(near)
    door.program.enter(() => door.handlers.onStream(far))
  })
}
