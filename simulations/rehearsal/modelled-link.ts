import { decodeCentralMessage } from '../../runtime/links/link-codec.ts'
import type { Link } from '../../runtime/links/link.ts'
import type { Receiver } from '../../runtime/central/link-host/desire-feed.ts'
import type { Watched } from '../../runtime/central/link-host/liveness-monitor.ts'
import type { ModelledNode } from './modelled-node.ts'

const KEY = new Uint8Array(32)

export interface ModelledLinkOptions {
  readonly node: ModelledNode
  /** Observed time of central. */
  readonly nowMs: () => number
  /** How long a message takes now. */
  readonly delayMs: () => number
  readonly after: (delayMs: number, work: () => void) => void
  readonly onGivenUp: (link: ModelledLink) => void
}

/**
 * A link between a node and central, both ends in one: what is sent arrives after a while and in order; while
 * the network is cut it waits, as TCP makes it wait, until one side gives the link up.
 */
export class ModelledLink implements Receiver, Watched {
  readonly groups: Receiver['groups'] = new Map()
  readonly link: Link
  readonly #options: ModelledLinkOptions
  readonly #underWay: (() => void)[] = []
  /** What arrived while the network was cut. */
  readonly #held: (() => void)[] = []
  #cutAtMs: number | undefined
  #isOver = false
  /** When the last message of each direction arrives: order is kept. */
  #lastAtMs = 0

  constructor(options: ModelledLinkOptions) {
    this.#options = options
    const address = options.node.name
    this.link = {
      remotePublicKey: KEY,
      remoteAddress: address,
      localAddress: 'central',
      send: message => this.#send(message),
      drained: () => Promise.resolve(),
      close: () => this.#options.onGivenUp(this),
      closed: new Promise(() => {}),
    }
  }

  get node(): string {
    return this.#options.node.name
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get heardAtMs(): number {
    return this.#cutAtMs ?? this.#options.nowMs()
  }

  get isHeld(): boolean {
    return false
  }

  probe(): void {}

  giveUp(): void {
    this.#options.onGivenUp(this)
  }

  /** Nothing gets through from now on. */
  cut(): void {
    this.#cutAtMs ??= this.#options.nowMs()
  }

  mend(): void {
    this.#cutAtMs = undefined
    const held = this.#held.splice(0)
    // What waited goes before what was sent meanwhile.
    this.#underWay.unshift(...held)
    for (const _ of held) this.#expectArrival()
  }

  end(): void {
    this.#isOver = true
    this.#held.length = 0
  }

  /** Lets something happen at the other end, after all that was carried before. */
  carry(work: () => void): void {
    this.#underWay.push(work)
    this.#expectArrival()
  }

  /** Each arrival takes the oldest: two that are due together may be rounded to either order. */
  #expectArrival(): void {
    const { after, delayMs, nowMs } = this.#options
    this.#lastAtMs = Math.max(this.#lastAtMs, nowMs() + delayMs())
    after(this.#lastAtMs - nowMs(), () => this.#arrive())
  }

  #arrive(): void {
    const work = this.#underWay.shift()
    if (this.#isOver || work === undefined) return
    if (this.#cutAtMs === undefined) work()
    else this.#held.push(work)
  }

  #send(message: Uint8Array): boolean {
    this.carry(() => {
      const heard = decodeCentralMessage(message)
      if (heard?.t === 'desire') this.#options.node.desired(heard.desire)
    })
    return true
  }
}
