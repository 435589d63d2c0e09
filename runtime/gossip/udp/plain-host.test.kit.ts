import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { GossipConfig } from '../core/config.ts'
import type { MemberEvent } from '../core/events.ts'
import type { Input } from '../core/inputs.ts'
import { createMember, type Member } from '../core/member.ts'
import type { MemberAddress, MemberId, Message, Sender } from '../core/messages.ts'

interface Envelope {
  readonly from: Omit<Sender, 'address'>
  readonly message: Message
}

/** An input without its time. */
type Untimed<I> = I extends unknown ? Omit<I, 'nowMs'> : never

/**
 * The core alone, on a socket of Node: messages as JSON, unsigned and in the clear, so for a network without strangers
 * only. It shows all that a host must do; `udp/` does the same with encryption, streams and bounds.
 */
export class PlainHost {
  readonly member: Member
  readonly address: MemberAddress
  readonly #socket: Socket
  readonly #onEvent: (event: MemberEvent) => void
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor(socket: Socket, id: MemberId, config: GossipConfig, onEvent: (e: MemberEvent) => void) {
    this.#socket = socket
    this.#onEvent = onEvent
    this.address = `127.0.0.1:${socket.address().port}`
    this.member = createMember({
      config,
      // A real host keeps the epoch on its disk and raises it at each start.
      self: { id, epoch: 1, address: this.address },
      random: { fraction: Math.random },
      nowMs: performance.now(),
    })
    socket.on('message', (bytes, { address, port }) => {
      const { from, message } = JSON.parse(bytes.toString()) as Envelope
      this.give({ kind: 'message', from: { ...from, address: `${address}:${port}` }, message })
    })
    this.#sleep()
  }

  static async start(
    id: MemberId,
    config: GossipConfig,
    onEvent: (event: MemberEvent) => void,
  ): Promise<PlainHost> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new PlainHost(socket, id, config, onEvent)
  }

  /** Gives the member one input, does what it says, and waits for its next tick. */
  give(input: Untimed<Input>): void {
    if (this.#closed) return
    const { outputs, events } = this.member.step({ ...input, nowMs: performance.now() })
    for (const output of outputs) {
      // No streams here: what they carry fits a datagram in a small cluster, and a probe by stream may be left out.
      if (output.kind === 'stream-probe') continue
      const { id, epoch, incarnation } = this.member.self
      const envelope: Envelope = { from: { id, epoch, incarnation }, message: output.message }
      const [host = '', port] = output.to.split(':')
      this.#socket.send(JSON.stringify(envelope), Number(port), host)
    }
    for (const event of events) this.#onEvent(event)
    this.#sleep()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#socket.close()
  }

  #sleep(): void {
    clearTimeout(this.#timer)
    const dueMs = this.member.nextWakeMs
    if (dueMs === Infinity) return
    const tick = (): void => this.give({ kind: 'tick', loopLagMs: Math.max(0, performance.now() - dueMs) })
    // Not at once: what has arrived must be read first, or a busy process takes the living for dead.
    const readFirst = (): void => void setImmediate(() => setImmediate(tick))
    this.#timer = setTimeout(readFirst, Math.max(0, dueMs - performance.now()))
  }
}
