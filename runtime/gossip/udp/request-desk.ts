import type { MemberId } from '../core/messages.ts'
import type { Speaker } from '../wire/packet-body.ts'
import { SendBudget } from './send-budget.ts'
import {
  REQUESTERS_MAX,
  REQUESTS_IN_MAX,
  REQUESTS_IN_OF_ONE_MAX,
  REQUESTS_OF_ONE_PER_SECOND,
  REQUESTS_PER_SECOND,
} from './udp-limits.ts'

/**
 * Answers a request of a member that has proven who it is, in pieces of at most `REPLY_BYTES_MAX`; an answer may have
 * none. When the other side goes away the iteration is ended (`return`). What it throws ends the stream.
 */
export type RequestHandler = (payload: Uint8Array, from: Speaker) => AsyncIterable<Uint8Array>

export type RequestRefusal = 'unknown' | 'busy' | 'rate'

/** A request that is being served; `done` makes room for another. */
export interface OpenRequest {
  readonly pieces: AsyncIterable<Uint8Array>
  done(): void
}

interface Requester {
  readonly budget: SendBudget
  open: number
}

/** Who may ask what, how much at once and how often: a member that asks without end gets no more than its share. */
export class RequestDesk {
  readonly #handlers = new Map<string, RequestHandler>()
  readonly #nowMs: () => number
  readonly #budget: SendBudget
  /** In the order of their last request. */
  readonly #requesters = new Map<MemberId, Requester>()
  #open = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#budget = new SendBudget(REQUESTS_PER_SECOND, nowMs())
  }

  /** Answers requests of this name from now on; a later handler takes the place of an earlier one. */
  serve(name: string, handler: RequestHandler): void {
    this.#handlers.set(name, handler)
  }

  open(name: string, payload: Uint8Array, from: Speaker): OpenRequest | RequestRefusal {
    const nowMs = this.#nowMs()
    const requester = this.#requesterOf(from.id, nowMs)
    if (!requester.budget.take(nowMs) || !this.#budget.take(nowMs)) return 'rate'
    const handler = this.#handlers.get(name)
    if (handler === undefined) return 'unknown'
    if (this.#open >= REQUESTS_IN_MAX || requester.open >= REQUESTS_IN_OF_ONE_MAX) return 'busy'
    this.#open++
    requester.open++
    const done = (): void => {
      this.#open--
      requester.open--
    }
    return { pieces: handler(payload, from), done }
  }

  #requesterOf(id: MemberId, nowMs: number): Requester {
    const known = this.#requesters.get(id)
    this.#requesters.delete(id)
    const requester = known ?? { budget: new SendBudget(REQUESTS_OF_ONE_PER_SECOND, nowMs), open: 0 }
    this.#requesters.set(id, requester)
    if (this.#requesters.size > REQUESTERS_MAX)
      for (const oldest of this.#requesters.keys()) {
        this.#requesters.delete(oldest)
        break
      }
    return requester
  }
}
