import type { GossipConfig } from '../core/config.ts'
import type { MemberEvent } from '../core/events.ts'
import type { GossipRandom } from '../core/gossip-random.ts'
import type { Input } from '../core/inputs.ts'
import { createMember, type Member } from '../core/member.ts'
import { TableBase } from '../core/member-table.ts'
import { DATAGRAM_BYTES_MAX } from '../core/message-bounds.ts'
import { messageSizeBytes } from '../core/message-size.ts'
import type { MemberAddress, MemberId, Message, Sender } from '../core/messages.ts'
import type { StepResult } from '../core/outputs.ts'
import type { RecordSeal } from '../core/record-seal.ts'
import { onGrid } from './time-grid.ts'
import type { Participant, Wire } from './world.ts'

/** What our processes say to one another: messages with their sender, and the probe of a stream. */
export type OurMessage =
  | { readonly kind: 'message'; readonly from: Sender; readonly message: Message }
  | { readonly kind: 'stream-probe'; readonly seq: number }
  | { readonly kind: 'stream-answer'; readonly seq: number; readonly from: Sender }

/** Bytes of a stream's question or answer, handshake included. */
const STREAM_PROBE_BYTES = 200
/** Public key and Ed25519 signature, as on the wire. */
const PROOF = new Uint8Array(96)

/** In a simulation without liars every proof is its subject's; its bytes are those of a real one. */
export const simulatedSeal: RecordSeal = {
  sign: () => PROOF,
  verify: ({ signature }) => signature === PROOF,
}

/** An id whose digits look like a digest's, different for each number. */
export function idOf(number: number): MemberId {
  const word = Math.imul(number + 1, 0x9e3779b1) >>> 0
  return word.toString(16).padStart(8, '0').repeat(4)
}

export function addressOf(number: number): MemberAddress {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}:7602`
}

const numbers = new Map<MemberAddress, number>()

/** The number whose address it is; simulations send a million datagrams, so it is worked out once. */
export function numberAt(address: MemberAddress): number {
  const known = numbers.get(address)
  if (known !== undefined) return known
  const [, a = '0', b = '0', c = '0'] = address.split(/[.:]/)
  const number = (Number(a) << 16) | (Number(b) << 8) | Number(c)
  numbers.set(address, number)
  return number
}

/** The view in which `count` members know one another, shared by all of them. */
export function sharedBase(count: number, sealed = true): TableBase {
  return new TableBase(
    Array.from({ length: count }, (_, number) => ({
      id: idOf(number),
      status: 'alive' as const,
      epoch: 1,
      incarnation: 0,
      accusers: [],
      address: addressOf(number),
      ...(sealed ? { signature: PROOF } : {}),
      joined: true,
      sinceMs: 0,
    })),
  )
}

export interface OurOptions {
  readonly config: GossipConfig
  readonly random: GossipRandom
  readonly nowMs: number
  readonly base?: TableBase
  readonly epoch?: number
  readonly seal?: RecordSeal
  /** Origin of this member's own time: no two machines agree on it, and nothing may depend on it. */
  readonly originMs?: number
  readonly onEvent: (number: number, event: MemberEvent, nowMs: number) => void
  /** Sees every step, to check what must always hold. */
  readonly onStep?: (number: number, member: Member, input: Input, result: StepResult) => void
}

/** Our protocol in a simulated process. */
export class OurParticipant implements Participant<OurMessage> {
  readonly drainsFirst = true
  readonly member: Member
  readonly #number: number
  readonly #wire: Wire<OurMessage>
  readonly #options: OurOptions
  readonly #originMs: number

  constructor(wire: Wire<OurMessage>, number: number, options: OurOptions) {
    this.#number = number
    this.#wire = wire
    this.#options = options
    this.#originMs = options.originMs ?? 0
    this.member = createMember({
      config: options.config,
      random: options.random,
      nowMs: options.nowMs + this.#originMs,
      self: { id: idOf(number), epoch: options.epoch ?? 1, address: addressOf(number) },
      ...(options.base === undefined ? {} : { base: options.base }),
      ...(options.seal === undefined ? {} : { seal: options.seal }),
    })
  }

  get nextWakeMs(): number {
    return onGrid(this.member.nextWakeMs) - this.#originMs
  }

  receive(nowMs: number, from: number, message: OurMessage): void {
    const localMs = nowMs + this.#originMs
    if (message.kind === 'message')
      this.act({ kind: 'message', nowMs: localMs, from: message.from, message: message.message })
    else if (message.kind === 'stream-probe')
      this.#wire.stream(
        from,
        { kind: 'stream-answer', seq: message.seq, from: this.#sender },
        STREAM_PROBE_BYTES,
      )
    else this.act({ kind: 'stream-probed', nowMs: localMs, seq: message.seq, answeredBy: message.from })
  }

  tick(nowMs: number, lagMs: number): void {
    this.act({ kind: 'tick', nowMs: nowMs + this.#originMs, loopLagMs: lagMs })
  }

  /** Gives the member one input, in its own time, and does what it says. */
  act(input: Input): void {
    const result = this.member.step(input)
    this.#options.onStep?.(this.#number, this.member, input, result)
    for (const output of result.outputs) {
      const to = numberAt(output.to)
      if (output.kind === 'stream-probe') {
        this.#wire.stream(to, { kind: 'stream-probe', seq: output.seq }, STREAM_PROBE_BYTES)
        continue
      }
      const { message } = output
      const sizeBytes = messageSizeBytes(message, this.member.self)
      const sent: OurMessage = { kind: 'message', from: this.#sender, message }
      if (output.kind === 'stream') this.#wire.stream(to, sent, sizeBytes)
      else if (sizeBytes > DATAGRAM_BYTES_MAX) throw new RangeError(`A ${message.kind} of ${sizeBytes} bytes`)
      else this.#wire.datagram(to, sent, sizeBytes)
    }
    for (const event of result.events)
      this.#options.onEvent(this.#number, event, input.nowMs - this.#originMs)
  }

  /** An input of the host at the time of the world. */
  tell(nowMs: number, input: { readonly [K in Input['kind']]: HostInput<K> }[Input['kind']]): void {
    this.act({ ...input, nowMs: nowMs + this.#originMs } as Input)
  }

  get #sender(): Sender {
    const { id, epoch, incarnation, address } = this.member.self
    return { id, epoch, incarnation, address }
  }
}

type HostInput<K extends Input['kind']> = Omit<Extract<Input, { readonly kind: K }>, 'nowMs'>
