import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { formatGossipAddress, type GossipAddress, readGossipAddress } from './gossip-address.ts'
import { SendBudget } from './send-budget.ts'
import { RECEIVE_BUFFER_BYTES, SEND_DATAGRAMS_PER_SECOND, SENDS_UNDER_WAY_MAX } from './udp-limits.ts'

export interface DatagramStats {
  readonly datagramsIn: number
  readonly bytesIn: number
  readonly datagramsOut: number
  readonly bytesOut: number
  /** The operating system refused, or the address is none. */
  readonly sendFailures: number
  /** Beyond `SEND_DATAGRAMS_PER_SECOND` or `SENDS_UNDER_WAY_MAX`. */
  readonly sendsDropped: number
  /** What the kernel granted. */
  readonly receiveBufferBytes: number
}

/** A UDP socket that sends at most so much and counts everything. */
export class DatagramSocket {
  readonly #socket: Socket
  readonly #nowMs: () => number
  readonly #budget: SendBudget
  readonly #counts = { inCount: 0, inBytes: 0, outCount: 0, outBytes: 0, failures: 0, dropped: 0 }
  #underWay = 0
  #closed = false

  private constructor(socket: Socket, nowMs: () => number) {
    this.#socket = socket
    this.#nowMs = nowMs
    this.#budget = new SendBudget(SEND_DATAGRAMS_PER_SECOND, nowMs())
    // A socket reports late errors of single sends here as well; they are counted where they are sent.
    socket.on('error', () => this.#counts.failures++)
  }

  /** Throws `KONOR_GOSSIP_BIND`. */
  static async bind(address: GossipAddress, nowMs: () => number): Promise<DatagramSocket> {
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
    return new DatagramSocket(socket, nowMs)
  }

  get stats(): DatagramStats {
    return {
      datagramsIn: this.#counts.inCount,
      bytesIn: this.#counts.inBytes,
      datagramsOut: this.#counts.outCount,
      bytesOut: this.#counts.outBytes,
      sendFailures: this.#counts.failures,
      sendsDropped: this.#counts.dropped,
      receiveBufferBytes: this.#closed ? 0 : this.#socket.getRecvBufferSize(),
    }
  }

  onDatagram(handle: (datagram: Uint8Array, from: string) => void): void {
    this.#socket.on('message', (datagram, { address, port }) => {
      this.#counts.inCount++
      this.#counts.inBytes += datagram.length
      handle(datagram, formatGossipAddress({ host: address, port }))
    })
  }

  /** Sends, or drops past a bound. `onFailed` hears of what the operating system refused, not of what was dropped. */
  send(datagram: Uint8Array, to: string, onFailed: () => void): void {
    if (this.#closed) return
    if (this.#underWay >= SENDS_UNDER_WAY_MAX || !this.#budget.take(this.#nowMs())) {
      this.#counts.dropped++
      return
    }
    const address = readGossipAddress(to)
    if (address === undefined || address.port === 0) {
      this.#counts.failures++
      return onFailed()
    }
    this.#underWay++
    this.#socket.send(datagram, address.port, address.host, error => {
      this.#underWay--
      if (this.#closed) return
      if (error === null) {
        this.#counts.outCount++
        this.#counts.outBytes += datagram.length
        return
      }
      this.#counts.failures++
      onFailed()
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}
