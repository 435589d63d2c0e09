import type { PostDelivery } from '../../runtime/analytics/webhooks/post-delivery.ts'
import { DELIVERY_HEADER } from '../../runtime/analytics/webhooks/sign-delivery.ts'
import { type Webhook, webhookOf } from '../../runtime/analytics/webhooks/webhook.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Machine } from '../world/machine.ts'
import type { Network } from '../world/network.ts'
import type { Program } from '../world/program.ts'

/**
 * How the receiver of webhooks behaves: it takes what comes, refuses it, takes it without a word (so that nobody
 * knows), or is not there at all; or now this and now that.
 */
export type ReceiverMood = 'takes' | 'refuses' | 'swallows' | 'away' | 'fickle'

/** What a receiver was sent, in the order in which it came. */
export interface Received {
  readonly atMs: number
  readonly delivery: string
  readonly body: string
}

/** So many webhooks, all of them of one receiver. */
export function webhooksOf(count: number): readonly Webhook[] {
  return Array.from({ length: count }, (_, index) => webhookOf(`https://receiver/${index + 1}`))
}

/** What a fickle one does with each request. */
const WHIMS = ['takes', 'takes', 'refuses', 'swallows'] as const
/** How long one waits for an answer whether a delivery is there. */
const LOOK_UP_MS = 2_000
const OK = 204
const UNAVAILABLE = 503

/** Somebody else's machine that alerts are sent to. It can be asked what it has, as few outside can. */
export class SimulatedReceiver {
  readonly received: Received[] = []
  /** Faults change both. */
  mood: ReceiverMood = 'takes'
  slowMs = 0
  readonly #network: Network
  readonly #machine: Machine
  readonly #random: SeededRandom

  constructor(network: Network, machine: Machine) {
    this.#network = network
    this.#machine = machine
    this.#random = machine.world.random('receiver')
  }

  /** As one life of a central posts to it. */
  postFrom(program: Program): PostDelivery {
    return ({ headers, body, signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('cut off')))
        this.#ask(program, () => {
          const mood = this.#moodNow()
          if (mood === 'away') return () => reject(new Error('nobody listens'))
          if (mood === 'refuses') return () => resolve(UNAVAILABLE)
          const delivery = headers[DELIVERY_HEADER] ?? ''
          this.received.push({ atMs: this.#machine.world.nowMs, delivery, body })
          return mood === 'takes' ? () => resolve(OK) : undefined
        })
      })
  }

  /** Whether it has a delivery; unknown when it does not say. */
  lookUp(program: Program, delivery: string): Promise<'there' | 'absent' | 'unknown'> {
    return new Promise(resolve => {
      program.later(LOOK_UP_MS, () => resolve('unknown'))
      this.#ask(program, () => {
        const mood = this.#moodNow()
        if (mood === 'away' || mood === 'swallows') return undefined
        const isThere = this.received.some(one => one.delivery === delivery)
        return () => resolve(isThere ? 'there' : 'absent')
      })
    })
  }

  #moodNow(): Exclude<ReceiverMood, 'fickle'> {
    if (this.mood !== 'fickle') return this.mood
    return WHIMS[this.#random.integer(WHIMS.length)] ?? 'takes'
  }

  /** Goes over the network, there and back; what is answered with nothing is never answered. */
  #ask(program: Program, answer: () => (() => void) | undefined): void {
    const { world, name } = this.#machine
    const asker = program.machine.name
    world.after(this.#network.linkDelayMs(asker, name), () => {
      if (this.#network.isBlocked(asker, name)) return
      const told = answer()
      if (told === undefined) return
      world.after(this.slowMs + this.#network.linkDelayMs(name, asker), () => {
        if (!this.#network.isBlocked(name, asker)) program.enter(told)
      })
    })
  }
}
