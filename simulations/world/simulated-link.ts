import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  type Link,
  LINK_MESSAGE_BYTES_MAX,
  LINK_QUEUE_BYTES_MAX,
  type LinkHandler,
  type PublicKey,
} from '../../runtime/links/link.ts'
import type { Network } from './network.ts'
import { Pipe } from './pipe.ts'
import type { EndOfProgram, Program } from './program.ts'

/**
 * One end of a link of the simulated network, with the semantics of the port: order, bounds, pushing back, closing. It
 * ends with its program; how the other end hears of that depends on how the program ended.
 */
export class SimulatedLink implements Link {
  readonly remotePublicKey: PublicKey
  readonly remoteAddress: string
  readonly localAddress: string
  readonly closed: Promise<Error | undefined>
  readonly #owner: Program
  readonly #network: Network
  #peer: SimulatedLink | undefined
  #identity: object = this
  #out: Pipe | undefined
  #resolveClosed: (reason: Error | undefined) => void = () => {}
  #handler: LinkHandler | undefined
  #isClosing = false
  #peerEnded = false
  #isHeld = false
  /** What arrived and waits for the handler. */
  readonly #inbox: Uint8Array[] = []
  /** Bytes that were sent and the other end has not handled. */
  #unreadBytes = 0
  #waiting: (() => void)[] = []

  private constructor(network: Network, owner: Program, remotePublicKey: PublicKey, remoteAddress: string) {
    this.#network = network
    this.#owner = owner
    this.remotePublicKey = remotePublicKey
    this.remoteAddress = remoteAddress
    this.localAddress = `${network.ipOf(owner.machine)}:1`
    this.closed = new Promise(resolve => (this.#resolveClosed = resolve))
    owner.onEnd(end => this.#ownerEnded(end))
  }

  /** The two ends of a new link, not open yet. */
  static pair(
    network: Network,
    near: { readonly program: Program; readonly publicKey: PublicKey },
    far: { readonly program: Program; readonly publicKey: PublicKey; readonly address: string },
  ): { near: SimulatedLink; far: SimulatedLink } {
    const nearEnd = new SimulatedLink(network, near.program, far.publicKey, far.address)
    const farEnd = new SimulatedLink(network, far.program, near.publicKey, `${near.program.machine.name}:1`)
    nearEnd.#join(farEnd)
    farEnd.#join(nearEnd)
    farEnd.#identity = nearEnd
    return { near: nearEnd, far: farEnd }
  }

  /** Tells the other end, over the link itself, that it is open: so it is before anything that is sent after. */
  announce(open: () => void): void {
    this.#out?.send(open)
  }

  open(onLink: (link: Link) => LinkHandler): void {
    try {
      this.#handler = onLink(this)
    } catch (thrown) {
      this.close(handlerFailed(thrown))
    }
    this.#handleInbox()
  }

  send(message: Uint8Array): boolean {
    if (message.length > LINK_MESSAGE_BYTES_MAX)
      throw new KonorError(
        'KONOR_LINK_OVERSIZED',
        `a message of ${message.length} bytes is over ${LINK_MESSAGE_BYTES_MAX}: send it in chunks`,
      )
    const peer = this.#peer
    if (this.#isClosing || !this.#owner.isAlive || peer === undefined) return true
    if (this.#unreadBytes + message.length > LINK_QUEUE_BYTES_MAX) return false
    this.#unreadBytes += message.length
    // A copy, as every other transport makes one: the two ends share no memory.
    const copy = message.slice()
    if (this.#show(true, this, peer, copy)) this.#break()
    else this.#out?.send(() => peer.#take(copy))
    return true
  }

  async drained(): Promise<void> {
    if (this.#isClosing || this.#unreadBytes === 0) return
    await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  close(reason?: Error): void {
    if (this.#isClosing) return
    this.#end(reason)
    if (this.#owner.isAlive) this.#sayEnd()
  }

  #join(peer: SimulatedLink): void {
    this.#peer = peer
    // Whoever lives on a machine where the program died is told so by its system.
    this.#out = new Pipe(this.#network, this.#owner, peer.#owner, () => peer.#sayEnd())
  }

  #sayEnd(): void {
    const peer = this.#peer
    if (peer !== undefined) this.#out?.send(() => peer.#hearEnd(), false)
  }

  #hearEnd(): void {
    this.#peerEnded = true
    this.#handleInbox()
  }

  #ownerEnded(end: EndOfProgram): void {
    this.#isClosing = true
    if (end !== 'power') this.#sayEnd()
  }

  #take(message: Uint8Array): void {
    if (this.#isClosing) return
    const { world } = this.#network
    world.trace.note(world.nowMs, 'link', this.#owner.name, message)
    this.#inbox.push(message)
    this.#handleInbox()
  }

  #handleInbox(): void {
    while (!this.#isClosing && !this.#isHeld && this.#handler !== undefined) {
      const message = this.#inbox.shift()
      if (message === undefined) break
      let isCut = false
      if (this.#peer !== undefined) {
        this.#peer.#read(message.length)
        isCut = this.#show(false, this.#peer, this, message)
      }
      this.#handle(this.#handler, message)
      if (isCut) this.#break()
    }
    if (this.#peerEnded && !this.#isClosing && this.#inbox.length === 0) this.#end(undefined)
  }

  /** Whether the link breaks at this message. */
  #show(isSent: boolean, from: SimulatedLink, to: SimulatedLink, bytes: Uint8Array): boolean {
    const { world } = this.#network
    const message = { isSent, from: from.#owner, to: to.#owner, link: this.#identity, bytes }
    world.onWire(message)
    return world.cuts.size > 0 && [...world.cuts].some(cut => cut(message))
  }

  /** The connection is reset: neither end hears more of it. */
  #break(): void {
    const reason = new KonorError('KONOR_LINK_BROKEN', 'the connection was reset')
    for (const end of [this, this.#peer])
      if (end !== undefined && !end.#isClosing && end.#owner.isAlive)
        end.#owner.enter(() => end.#reset(reason))
  }

  #reset(reason: Error): void {
    if (!this.#isClosing) this.#end(reason)
  }

  #handle(handler: LinkHandler, message: Uint8Array): void {
    try {
      const handled = handler.onMessage(message)
      if (handled === undefined) return
      this.#isHeld = true
      handled.then(
        () => {
          this.#isHeld = false
          this.#handleInbox()
        },
        (thrown: unknown) => this.close(handlerFailed(thrown)),
      )
    } catch (thrown) {
      this.close(handlerFailed(thrown))
    }
  }

  #read(sizeBytes: number): void {
    this.#unreadBytes -= sizeBytes
    if (this.#unreadBytes === 0 && this.#owner.isAlive) this.#release()
  }

  #end(reason: Error | undefined): void {
    const other = this.#peer === undefined ? undefined : this.#peer.#owner
    const code = isKonorError(reason) ? reason.code : ''
    const end = { by: this.#owner, other, link: this.#identity, code }
    if (this.#owner.isAlive) this.#network.world.onLinkEnd(end)
    this.#isClosing = true
    this.#inbox.length = 0
    this.#release()
    this.#resolveClosed(reason)
  }

  #release(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function handlerFailed(thrown: unknown): Error {
  if (isKonorError(thrown)) return thrown
  return new KonorError('KONOR_LINK_HANDLER', 'a message of the peer could not be handled', { cause: thrown })
}
