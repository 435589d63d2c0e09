import { formatGossipAddress, type GossipAddress, readGossipAddress } from './gossip-address.ts'
import type { DatagramPort, GossipSockets } from './gossip-sockets.ts'
import { SendBudget } from './send-budget.ts'
import { SEND_DATAGRAMS_PER_SECOND, SENDS_UNDER_WAY_MAX } from './udp-limits.ts'

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
  readonly #port: DatagramPort
  readonly #nowMs: () => number
  readonly #budget: SendBudget
  readonly #counts = { inCount: 0, inBytes: 0, outCount: 0, outBytes: 0, failures: 0, dropped: 0 }
  #underWay = 0
  #closed = false

  private constructor(port: DatagramPort, nowMs: () => number) {
    this.#port = port
    this.#nowMs = nowMs
    this.#budget = new SendBudget(SEND_DATAGRAMS_PER_SECOND, nowMs())
    // A socket reports late errors of single sends here as well; they are counted where they are sent.
    port.onError(() => this.#counts.failures++)
  }

  /** Throws `KONOR_GOSSIP_BIND`. */
  static async bind(
    sockets: GossipSockets,
    address: GossipAddress,
    nowMs: () => number,
  ): Promise<DatagramSocket> {
    return new DatagramSocket(await sockets.bindDatagrams(address), nowMs)
  }

  get stats(): DatagramStats {
    return {
      datagramsIn: this.#counts.inCount,
      bytesIn: this.#counts.inBytes,
      datagramsOut: this.#counts.outCount,
      bytesOut: this.#counts.outBytes,
      sendFailures: this.#counts.failures,
      sendsDropped: this.#counts.dropped,
      receiveBufferBytes: this.#closed ? 0 : this.#port.receiveBufferBytes,
    }
  }

  onDatagram(handle: (datagram: Uint8Array, from: string) => void): void {
    this.#port.onDatagram((datagram, from) => {
      this.#counts.inCount++
      this.#counts.inBytes += datagram.length
      handle(datagram, formatGossipAddress(from))
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
    this.#port.send(datagram, address, error => {
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
    await this.#port.close()
  }
}
