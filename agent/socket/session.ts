import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { ErrorCode } from '../../actors/vocabulary/errors/index.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupEvent, Registration } from '../groups/group-service.ts'
import { answerGet } from './answer-get.ts'
import { errorBody } from './error-body.ts'
import { FrameReader, frameOf } from './frame.ts'
import { mustBelong } from './must-belong.ts'
import { appendToCborMap, rawCborMap } from './raw-cbor.ts'
import type { RegistrationHolder, SessionChannel, SessionContext } from './session-context.ts'
import { SnapshotAnswers } from './snapshot-answers.ts'
import {
  BUFFERED_TOTAL_MAX_BYTES,
  FRAME_TIMEOUT_MS,
  HELLO_TIMEOUT_MS,
  HELLO_VALUES_MAX_BYTES,
  IDLE_PING_MS,
  OUTBOUND_MAX_BYTES,
  OUTBOUND_PAUSE_BYTES,
  REGISTRATIONS_PER_CONNECTION_MAX,
  SWEEP_MS,
} from './socket-limits.ts'
import { SOCKET_PROTOCOL, type RequestId, type SocketRequest, parseRequest } from './socket-messages.ts'
import { encodeEvent, encodeWithValues, wireState } from './wire-state.ts'

type Hello = Extract<SocketRequest, { op: 'hello' }>
type AckRequest = Extract<SocketRequest, { op: 'ack' }>

/** After one of these the stream cannot be trusted, or must not go on: the connection closes. */
const CLOSING_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KONOR_SOCKET_MALFORMED',
  'KONOR_SOCKET_FRAME_TOO_LARGE',
  'KONOR_SOCKET_OUT_OF_ORDER',
  'KONOR_SOCKET_PROTOCOL_UNSUPPORTED',
])

/**
 * One connection, from its first byte to its end: hello first and once, then requests answered in their order, with
 * the groups' events in between. Whatever goes wrong here ends this connection with an `error` frame and touches no
 * other. Time comes in through `sweep`; the network stays behind the channel.
 */
export class Session implements RegistrationHolder {
  readonly #context: SessionContext
  readonly #channel: SessionChannel
  readonly #reader = new FrameReader()
  readonly #registrations = new Map<string, Registration>()
  readonly #observed = new Set<string>()
  readonly #snapshots: SnapshotAnswers
  readonly #openedMs: number
  #state: 'awaiting-hello' | 'open' | 'closed' = 'awaiting-hello'
  #heardMs: number
  #pingedMs: number
  #frameBegunMs: number | undefined
  #countedBytes = 0
  /** Events between registering and the answer to hello: they follow it. */
  #early: GroupEvent[] | undefined

  constructor(context: SessionContext, channel: SessionChannel) {
    this.#context = context
    this.#channel = channel
    this.#snapshots = new SnapshotAnswers(context)
    this.#openedMs = context.clock.monotonicMs()
    this.#heardMs = this.#openedMs
    this.#pingedMs = this.#openedMs
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** True while the process has so much to read that its further requests wait. */
  get congested(): boolean {
    return this.#channel.queuedBytes >= OUTBOUND_PAUSE_BYTES
  }

  receive(chunk: Uint8Array): void {
    if (this.closed) return
    this.#heardMs = this.#context.clock.monotonicMs()
    this.#reader.push(chunk)
    this.pump()
  }

  /** Handles the whole frames that have arrived, as far as the process reads its answers. */
  pump(): void {
    try {
      while (!this.closed && !this.congested) {
        const body = this.#reader.next()
        if (body === undefined) break
        this.#frameBegunMs = undefined
        this.#handle(body)
      }
    } catch (thrown) {
      this.#fail(thrown, null)
    }
    if (this.closed) return
    if (this.#reader.bufferedBytes === 0) this.#frameBegunMs = undefined
    else this.#frameBegunMs ??= this.#heardMs
    this.#count()
  }

  /**
   * Looks at the timeouts; answers when to look again, both by the monotonic clock: nothing can be due before. What is
   * overdue and has to wait (a process that reads slowly is not pinged) is looked at again after `SWEEP_MS`.
   */
  sweep(nowMs: number): number {
    this.#look(nowMs)
    return this.closed ? Infinity : Math.max(this.#dueMs, nowMs + SWEEP_MS)
  }

  /** When the first of the timeouts is over that run now. */
  get #dueMs(): number {
    if (this.#state === 'awaiting-hello') return this.#openedMs + HELLO_TIMEOUT_MS
    const pingMs = Math.max(this.#heardMs, this.#pingedMs) + IDLE_PING_MS
    return this.#frameBegunMs === undefined ? pingMs : Math.min(pingMs, this.#frameBegunMs + FRAME_TIMEOUT_MS)
  }

  #look(nowMs: number): void {
    if (this.closed) return
    if (this.#state === 'awaiting-hello' && nowMs - this.#openedMs >= HELLO_TIMEOUT_MS) {
      return this.#fail(
        new KonorError('KONOR_SOCKET_HELLO_TIMEOUT', `no hello within ${HELLO_TIMEOUT_MS} ms`),
        null,
      )
    }
    const begunMs = this.#frameBegunMs
    if (begunMs !== undefined && !this.congested && nowMs - begunMs >= FRAME_TIMEOUT_MS) {
      const message = `a frame took more than ${FRAME_TIMEOUT_MS} ms: write frames whole`
      return this.#fail(new KonorError('KONOR_SOCKET_FRAME_TIMEOUT', message), null)
    }
    if (nowMs - Math.max(this.#heardMs, this.#pingedMs) < IDLE_PING_MS || this.#channel.queuedBytes > 0)
      return
    this.#pingedMs = nowMs
    if (this.#state === 'open') this.#send(encodeCanonical({ event: 'ping' }))
  }

  /** Tells an observer what is served now. Registered groups get their events from the group itself. */
  served(group: string): void {
    if (this.closed || !this.#observed.has(group)) return
    const generation = this.#context.states.generation(group)
    if (generation === undefined) return
    const fields = { event: 'change', group, ...wireState(generation.state, false), deadlineMs: 0 }
    this.#guard(() => this.#send(encodeWithValues(fields, generation)))
  }

  /** The other side is gone: what it had not said `bye` for is pending in the groups. */
  disconnected(): void {
    if (!this.closed) this.#release(registration => this.#context.service.disconnected(registration))
  }

  /** The agent stops. The groups are not told: a process does not die because its agent does. */
  stop(): void {
    if (this.closed) return
    this.#release(() => undefined)
    const error = new KonorError('KONOR_SOCKET_CLOSING', 'the agent is stopping: connect again')
    this.#channel.abort(frameOf(errorBody(null, error)))
  }

  /** Another connection of the same instance took over: the registration lives on there. */
  supersede(): void {
    if (this.closed) return
    this.#release(registration => this.#context.service.disconnected(registration))
    const error = new KonorError('KONOR_SOCKET_SUPERSEDED', 'the same instance connected again elsewhere')
    this.#channel.abort(frameOf(errorBody(null, error)))
  }

  #handle(body: Uint8Array): void {
    let id: RequestId | null = null
    try {
      const request = parseRequest(body)
      id = request.id
      this.#answer(request)
    } catch (thrown) {
      const error = this.#operatingError(thrown)
      id ??= idOf(error)
      if (CLOSING_CODES.has(error.code)) this.#fail(error, id)
      else if (!this.closed) this.#send(errorBody(id, error))
    }
  }

  #answer(request: SocketRequest): void {
    if (request.op === 'hello') return this.#hello(request)
    if (this.#state !== 'open') throw outOfOrder(`"${request.op}" before hello: say hello first`)
    switch (request.op) {
      case 'get':
        return this.#send(answerGet(this.#context, request))
      case 'snapshot':
        return this.#send(this.#snapshots.answer(request))
      case 'ack':
        return this.#acknowledge(request)
      case 'ping':
        return this.#send(encodeCanonical({ id: request.id, ok: true }))
      case 'bye':
        this.#send(encodeCanonical({ id: request.id, ok: true }))
        this.#release(registration => this.#context.service.bye(registration))
        return this.#channel.end()
      case 'unknown':
        throw new KonorError('KONOR_SOCKET_OP_UNKNOWN', `no operation ${JSON.stringify(request.name)}`)
    }
  }

  #acknowledge(request: AckRequest): void {
    const { id, group, activation, phase, outcome, reason } = request
    const registration = this.#registrations.get(group)
    if (registration === undefined) {
      throw new KonorError('KONOR_SOCKET_NOT_REGISTERED', `hello did not name group ${JSON.stringify(group)}`)
    }
    const acknowledgement = { activation, phase, outcome, ...(reason === undefined ? {} : { reason }) }
    this.#context.service.acknowledge(registration, acknowledgement)
    this.#send(encodeCanonical({ id, ok: true }))
  }

  #hello(hello: Hello): void {
    if (this.#state !== 'awaiting-hello') throw outOfOrder('hello again: it is said once, first')
    this.#mustBeAcceptable(hello)
    this.#state = 'open'
    this.#early = []
    try {
      this.#send(this.#helloBody(hello, this.#registerAll(hello)))
    } catch (thrown) {
      return this.#fail(thrown, hello.id)
    }
    const early = this.#early
    this.#early = undefined
    for (const event of early) this.#guard(() => this.#push(event))
  }

  #mustBeAcceptable(hello: Hello): void {
    const [lowest, highest] = hello.protocol
    if (lowest > SOCKET_PROTOCOL || highest < SOCKET_PROTOCOL) {
      const message = `this agent speaks protocol ${SOCKET_PROTOCOL}, the process ${lowest} to ${highest}`
      throw new KonorError('KONOR_SOCKET_PROTOCOL_UNSUPPORTED', message)
    }
    if (hello.groups.length > REGISTRATIONS_PER_CONNECTION_MAX) {
      const message = `${hello.groups.length} groups in one hello: at most ${REGISTRATIONS_PER_CONNECTION_MAX}`
      throw new KonorError('KONOR_SOCKET_REGISTRATIONS_FULL', message)
    }
    for (const { group } of hello.groups) mustBelong(this.#context.service, group)
  }

  /** Registers every group of the hello; answers which of them owe an acknowledgement. */
  #registerAll(hello: Hello): Map<string, boolean> {
    const { service, holders } = this.#context
    const { process, instance, pid, prepare } = hello
    const taken = new Set<RegistrationHolder>()
    for (const { group, observe } of hello.groups) {
      if (observe) {
        this.#observed.add(group)
        continue
      }
      const registration: Registration = { group, process, instance, pid, prepare }
      const holder = holders.get(holderKey(registration))
      if (holder !== undefined) taken.add(holder)
      holders.set(holderKey(registration), this)
      this.#registrations.set(group, registration)
    }
    // Every group is taken over before the old connection closes: closing it must not count as the instance's death.
    for (const holder of taken) holder.supersede()
    const owed = new Map<string, boolean>()
    for (const { group, activation } of hello.groups) {
      const registration = this.#registrations.get(group)
      if (registration === undefined) continue
      owed.set(group, service.register(registration, activation, event => this.#notify(event)).owesAck)
    }
    return owed
  }

  #helloBody(hello: Hello, owed: ReadonlyMap<string, boolean>): Uint8Array {
    const { service, states } = this.#context
    let leftBytes = HELLO_VALUES_MAX_BYTES
    const groups = hello.groups.map(({ group }): [string, Uint8Array] => {
      const generation = states.generation(group)
      const fields = wireState(generation?.state ?? states.active(group), owed.get(group) ?? false)
      const fits = generation !== undefined && generation.bundle.length <= leftBytes
      const state = encodeWithValues(fields, fits ? generation : undefined)
      leftBytes -= state.length
      return [group, state]
    })
    const answer = encodeCanonical({ id: hello.id, ok: true, protocol: SOCKET_PROTOCOL, node: service.node })
    return appendToCborMap(answer, 'groups', rawCborMap(groups))
  }

  #notify(event: GroupEvent): void {
    if (this.closed) return
    if (this.#early !== undefined) this.#early.push(event)
    else this.#guard(() => this.#push(event))
  }

  #push(event: GroupEvent): void {
    const { states, faults } = this.#context
    faults.hit('agent.before-push')
    if (event.event === 'stale' || event.event === 'fresh') return this.#send(encodeEvent(event, undefined))
    states.remember(event.group, event.state)
    this.#send(encodeEvent(event, states.generation(event.group, event.state.activation)))
  }

  #send(body: Uint8Array): void {
    if (this.closed) return
    this.#channel.send(frameOf(body))
    this.#count()
    if (this.#channel.queuedBytes <= OUTBOUND_MAX_BYTES) return
    const message = `more than ${OUTBOUND_MAX_BYTES} bytes wait to be read by this process`
    this.#fail(new KonorError('KONOR_SOCKET_SLOW_READER', message), null)
  }

  /** Keeps the sum over all connections, and closes the one that goes beyond it. */
  #count(): void {
    const { buffered } = this.#context
    const bytes = this.#reader.bufferedBytes + this.#channel.queuedBytes
    const grew = bytes > this.#countedBytes
    buffered.bytes += bytes - this.#countedBytes
    this.#countedBytes = bytes
    if (!grew || buffered.bytes <= BUFFERED_TOTAL_MAX_BYTES) return
    this.#fail(new KonorError('KONOR_SOCKET_BUFFERS_FULL', 'too many bytes wait in all connections'), null)
  }

  /** An event that cannot be delivered is this connection's fault and must not stop the group's other processes. */
  #guard(deliver: () => void): void {
    try {
      deliver()
    } catch (thrown) {
      this.#fail(thrown, null)
    }
  }

  #operatingError(thrown: unknown): KonorError {
    if (thrown instanceof KonorError) return thrown
    this.#context.logger.error({ err: thrown }, 'the socket could not answer a process')
    return new KonorError('KONOR_SOCKET_INTERNAL', 'the agent failed to answer: see its log', {
      cause: thrown,
    })
  }

  #fail(thrown: unknown, id: RequestId | null): void {
    if (this.closed) return
    const error = this.#operatingError(thrown)
    this.#context.logger.warn({ code: error.code, reason: error.message }, 'closed a connection of a process')
    this.#release(registration => this.#context.service.disconnected(registration))
    this.#channel.abort(frameOf(errorBody(id, error)))
  }

  #release(tell: (registration: Registration) => void): void {
    this.#state = 'closed'
    this.#context.buffered.bytes -= this.#countedBytes
    this.#countedBytes = 0
    this.#snapshots.forget()
    for (const registration of this.#registrations.values()) {
      const key = holderKey(registration)
      if (this.#context.holders.get(key) !== this) continue
      this.#context.holders.delete(key)
      tell(registration)
    }
    this.#registrations.clear()
  }
}

function holderKey({ group, process, instance }: Registration): string {
  return JSON.stringify([group, process, instance])
}

function idOf(error: KonorError): RequestId | null {
  const id = error.details['id']
  return typeof id === 'number' || typeof id === 'string' ? id : null
}

function outOfOrder(what: string): KonorError {
  return new KonorError('KONOR_SOCKET_OUT_OF_ORDER', what)
}
