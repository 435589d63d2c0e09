import { type Socket, connect } from 'node:net'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { FrameReader, frameOf } from '../frame.ts'

type Fields = Readonly<Record<string, CborValue>>

/** Speaks the protocol byte by byte, well or badly, as a foreign program might. */
export class RawClient {
  readonly socket: Socket
  readonly received: Fields[] = []
  readonly #reader = new FrameReader()
  #taken = 0
  #ended = false
  #wake: () => void = () => undefined

  static async open(path: string): Promise<RawClient> {
    const socket = connect(path)
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return client
  }

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      this.#reader.push(chunk)
      for (let body = this.#reader.next(); body !== undefined; body = this.#reader.next()) {
        this.received.push(decodeCbor(body) as Fields)
      }
      this.#wake()
    })
    // A reset is how some of these conversations end.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  send(message: CborValue): void {
    this.socket.write(frameOf(encodeCanonical(message)))
  }

  hello(groups: readonly CborValue[] = [], more: Fields = {}): void {
    this.send({ id: 1, op: 'hello', protocol: [1, 1], process: 'p', instance: 'i', pid: 1, groups, ...more })
  }

  /** The next frame that nobody took; throws when the connection has ended instead. */
  async next(): Promise<Fields> {
    const frame = await this.#nextOrEnd()
    if (frame === undefined) throw new Error('the connection ended without a further frame')
    return frame
  }

  async #nextOrEnd(): Promise<Fields | undefined> {
    while (this.#taken === this.received.length && !this.#ended) {
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
    return this.received[this.#taken++]
  }

  async ask(message: Fields): Promise<Fields> {
    this.send(message)
    return this.next()
  }

  /** The code of the error frame that ends the connection; fails when it ends without one, or answers on. */
  async refusal(): Promise<unknown> {
    for (let frame = await this.#nextOrEnd(); frame !== undefined; frame = await this.#nextOrEnd()) {
      if (frame['ok'] === false) return (frame['error'] as Fields)['code']
    }
    return 'ended without an error frame'
  }

  /** Resolves when the connection has ended. */
  async ended(): Promise<void> {
    while (!this.#ended) await new Promise<void>(resolve => (this.#wake = resolve))
  }
}
