import type { CancelTimer } from '../../ports/clock.ts'
import type { GossipAddress } from './gossip-address.ts'

/** A connected TCP socket, as far as gossip uses one; `net.Socket` is one. Bytes arrive in order or not at all. */
export interface ByteStream {
  /** The host at the other end; undefined when it is gone already. */
  readonly remoteAddress?: string | undefined
  /** False: taken, and nothing more should be written until `drain`. What is written before it connects waits. */
  write(bytes: Uint8Array): boolean
  /** Closes the writing half behind what was written. The stream is over when both halves are. */
  end(): void
  /** Ends both halves at once; what has not left is lost. */
  destroy(): void
  pause(): void
  resume(): void
  on(event: 'data', listener: (chunk: Buffer) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'end' | 'close' | 'drain', listener: () => void): void
  once(event: 'close', listener: () => void): void
}

/** A bound UDP socket. */
export interface DatagramPort {
  /** What the system granted. */
  readonly receiveBufferBytes: number
  onDatagram(handle: (datagram: Uint8Array, from: GossipAddress) => void): void
  /** Late errors of single sends. */
  onError(handle: () => void): void
  /** `done` is told whether the system took it, which says nothing of its arrival. */
  send(datagram: Uint8Array, to: GossipAddress, done: (error: Error | null) => void): void
  close(): Promise<void>
}

export interface StreamListener {
  readonly port: number
  /** Accepts nobody any more; resolves when every accepted stream is over too. */
  close(): Promise<void>
}

export interface StreamHandlers {
  /** A connection, paused. */
  onStream(stream: ByteStream): void
  /** One could not be accepted; those that are open go on. */
  onError(): void
}

/** The network and the event loop below a gossip member: Node's, or simulated ones. */
export interface GossipSockets {
  /** Throws `KONOR_GOSSIP_BIND`. */
  bindDatagrams(address: GossipAddress): Promise<DatagramPort>
  /** Throws `KONOR_GOSSIP_BIND`. */
  listen(address: GossipAddress, handlers: StreamHandlers): Promise<StreamListener>
  /** Begins to connect; `data` or `error` follows. */
  dial(address: GossipAddress): ByteStream
  /** Calls once, after the loop has looked at its sockets again. */
  nextTurn(act: () => void): CancelTimer
}
