import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { MemberEvent } from '../core/events.ts'
import type { Input } from '../core/inputs.ts'
import type { MemberAddress, Message } from '../core/messages.ts'
import type { Output } from '../core/outputs.ts'
import type { ChannelStats } from '../wire/channel-stats.ts'
import type { Keyring } from '../wire/keyring.ts'
import type { MemberIdentity } from '../wire/member-identity.ts'
import type { Speaker } from '../wire/packet-body.ts'
import { PacketChannel } from '../wire/packet-channel.ts'
import { createRecordSeal } from '../wire/record-proof.ts'
import { type PeerKeys, peerKeysOf, type Rotation, rotationOf } from '../wire/rotation.ts'
import { bindBoth, type BoundSockets } from './bind-both.ts'
import { DatagramSocket, type DatagramStats } from './datagram-socket.ts'
import { formatGossipAddress, parseGossipAddress } from './gossip-address.ts'
import { GossipStreams, type StreamStats } from './gossip-streams.ts'
import type { GossipSockets } from './gossip-sockets.ts'
import { HonestDeadline } from './honest-deadline.ts'
import type { MemberBoot, MemberPort } from './member-port.ts'
import { nodeSockets } from './node-sockets.ts'
import { RequestDesk, type RequestHandler } from './request-desk.ts'
import { INPUTS_WAITING_MAX } from './udp-limits.ts'

export interface UdpHostOptions<M extends MemberPort> {
  /** `IP:PORT` to bind; port 0 for any. */
  readonly bind: string
  /** What others are told; left out, what was bound. Port 0 stands for the port that was bound. */
  readonly advertise?: string
  readonly clusterId: string
  readonly identity: MemberIdentity
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: Random
  /** Makes the core when its address is known. */
  readonly createMember: (boot: MemberBoot) => M
  /** Called with each event, in order; may use the host. */
  readonly onEvent: (event: MemberEvent) => void
  readonly logger?: Logger
  /** The network below; default: UDP and TCP of this machine. */
  readonly sockets?: GossipSockets
}

export interface HostStats extends DatagramStats, StreamStats {
  readonly channel: ChannelStats
  readonly ticks: number
  readonly suspends: number
  readonly loopLagMaxMs: number
  readonly drainsCutShort: number
  /** Inputs that the core or a handler threw on, and those past `INPUTS_WAITING_MAX`. */
  readonly inputsFailed: number
  readonly inputsDropped: number
  /** Messages that did not fit a datagram. */
  readonly oversized: number
}

/** After an input that failed: the member goes on, and does not spin. */
const RETRY_MS = 1_000

/** An input without its time, which the host knows. */
type Untimed<I> = I extends unknown ? Omit<I, 'nowMs'> : never

/** A member of the cluster on UDP and TCP. */
export class UdpHost<M extends MemberPort = MemberPort> {
  /** Where others reach it, `IP:PORT`. */
  readonly address: MemberAddress
  readonly member: M
  readonly keyring: Keyring
  readonly #options: UdpHostOptions<M>
  readonly #sockets: BoundSockets
  readonly #channel: PacketChannel
  readonly #desk: RequestDesk
  readonly #deadline: HonestDeadline
  readonly #logger: Logger
  readonly #waiting: Untimed<Input>[] = []
  readonly #counts = { ticks: 0, suspends: 0, lagMaxMs: 0, failed: 0, dropped: 0, oversized: 0 }
  #stepping = false
  #closed = false

  private constructor(options: UdpHostOptions<M>, parts: HostParts) {
    const { clock, clusterId, identity } = options
    this.#options = options
    this.#sockets = parts.sockets
    this.#channel = parts.channel
    this.#desk = parts.desk
    this.#logger = options.logger ?? silentLogger
    this.keyring = options.keyring
    this.address = parts.address
    this.#deadline = new HonestDeadline({
      clock,
      nextTurn: parts.nextTurn,
      onDue: lagMs => this.#tick(lagMs),
      onSuspended: driftMs => {
        this.#counts.suspends++
        this.#logger.warn({ driftMs: Math.round(driftMs) }, 'the machine slept; the member begins anew')
        this.#step({ kind: 'suspended' })
      },
    })
    this.member = options.createMember({
      id: identity.id,
      address: this.address,
      nowMs: clock.monotonicMs(),
      seal: createRecordSeal(identity, clusterId),
    })
    parts.begin({
      self: () => this.member.self,
      onStream: (message, speaker) => this.#takeStream(message, speaker),
    })
    this.#sockets.datagrams.onDatagram((datagram, from) => this.#takeDatagram(datagram, from))
    this.#deadline.set(this.member.nextWakeMs)
  }

  /** Binds UDP and TCP and brings the member to life, alone. Throws `KONOR_GOSSIP_ADDRESS`, `KONOR_GOSSIP_BIND`. */
  static async start<M extends MemberPort>(options: UdpHostOptions<M>): Promise<UdpHost<M>> {
    const bind = parseGossipAddress(options.bind)
    const told =
      options.advertise === undefined ? { ...bind, port: 0 } : parseGossipAddress(options.advertise)
    // The sockets are bound before the member is made, as its address is theirs; who comes in between is refused.
    let living: HostSide | undefined
    const alive = (): HostSide => {
      if (living === undefined) throw new Error('The host serves nobody before its member exists.')
      return living
    }
    const { clusterId, identity, keyring, random, clock, sockets: network = nodeSockets } = options
    const self = () => alive().self()
    const channel = new PacketChannel({ clusterId, identity, keyring, random, self })
    const credentials = { clusterId, identity, keyring, sealer: channel.sealer, self }
    const onMessage = (message: Message, speaker: Speaker) => alive().onStream(message, speaker)
    const desk = new RequestDesk(() => clock.monotonicMs())
    const sockets = await bindBoth(
      bind,
      address =>
        GossipStreams.listen(address, { sockets: network, credentials, clock, random, onMessage, desk }),
      address => DatagramSocket.bind(network, address, () => clock.monotonicMs()),
    )
    const address = formatGossipAddress({ ...told, port: told.port === 0 ? sockets.port : told.port })
    const begin = (side: HostSide): void => {
      living = side
    }
    return new UdpHost(options, { sockets, channel, desk, address, begin, nextTurn: network.nextTurn })
  }

  get stats(): HostStats {
    const { ticks, suspends, lagMaxMs, failed, dropped, oversized } = this.#counts
    return {
      ...this.#sockets.datagrams.stats,
      ...this.#sockets.streams.stats,
      channel: this.#channel.stats,
      ticks,
      suspends,
      loopLagMaxMs: lagMaxMs,
      drainsCutShort: this.#deadline.drainsCutShort,
      inputsFailed: failed,
      inputsDropped: dropped,
      oversized,
    }
  }

  /** How far the peers heard within `withinMs` are with the keys of this member. */
  rotation(withinMs: number): Rotation {
    return rotationOf(this.keyring.state, this.#heardWithin(withinMs))
  }

  /** The same of each of them. */
  peerKeys(withinMs: number): PeerKeys[] {
    return peerKeysOf(this.keyring.state, this.#heardWithin(withinMs))
  }

  join(seeds: readonly MemberAddress[]): void {
    this.#step({ kind: 'join', seeds })
  }

  /** Says farewell; `SELF_LEFT` tells when it is out. */
  leave(): void {
    this.#step({ kind: 'leave' })
  }

  describe(change: Omit<Extract<Input, { kind: 'describe' }>, 'kind' | 'nowMs'>): void {
    this.#step({ kind: 'describe', ...change })
  }

  broadcast(name: string, payload: Uint8Array): void {
    this.#step({ kind: 'broadcast', name, payload })
  }

  /**
   * Asks another member something of the application; its answer in pieces. Throws `KONOR_GOSSIP_STREAM`,
   * `KONOR_GOSSIP_REQUEST_REFUSED`.
   */
  request(to: MemberAddress, name: string, payload: Uint8Array): AsyncIterable<Uint8Array> {
    return this.#sockets.streams.request(to, { name, payload })
  }

  /** Answers what other members ask under this name. */
  serve(name: string, handler: RequestHandler): void {
    this.#desk.serve(name, handler)
  }

  /** Falls silent at once, as a crash would; say `leave` before to part in peace. */
  async close(): Promise<void> {
    this.#closed = true
    this.#deadline.stop()
    await Promise.all([this.#sockets.datagrams.close(), this.#sockets.streams.close()])
  }

  #heardWithin(withinMs: number) {
    const sinceMs = this.#options.clock.monotonicMs() - withinMs
    return [...this.#channel.peers()].filter(({ heardAtMs }) => heardAtMs >= sinceMs)
  }

  #takeDatagram(datagram: Uint8Array, from: MemberAddress): void {
    this.#deadline.noteRead()
    const receipt = this.#channel.receive(datagram, from, this.#options.clock.monotonicMs())
    for (const reply of receipt.replies) this.#sockets.datagrams.send(reply, from, () => {})
    if (receipt.verdict === 'message')
      this.#step({ kind: 'message', from: receipt.sender, message: receipt.message })
  }

  #takeStream(message: Message, speaker: Speaker): void {
    this.#deadline.noteRead()
    const address = this.#channel.addressOf(speaker.id)
    // It answered no challenge over UDP, so there is nowhere to answer to; it will come again when it has.
    if (address === undefined) return void this.#counts.dropped++
    this.#step({ kind: 'message', from: { ...speaker, address }, message })
  }

  #tick(lagMs: number): void {
    this.#counts.ticks++
    this.#counts.lagMaxMs = Math.max(this.#counts.lagMaxMs, lagMs)
    this.#step({ kind: 'tick', loopLagMs: lagMs })
  }

  /** One input after the other: a handler that asks for something while an input is taken waits for its end. */
  #step(input: Untimed<Input>): void {
    if (this.#waiting.length >= INPUTS_WAITING_MAX) {
      this.#counts.dropped++
      return
    }
    this.#waiting.push(input)
    if (this.#stepping) return
    this.#stepping = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#take(next)
    this.#stepping = false
  }

  #take(input: Untimed<Input>): void {
    if (this.#closed) return
    const nowMs = this.#options.clock.monotonicMs()
    try {
      const { outputs, events, nextWakeMs } = this.member.step({ ...input, nowMs } as Input)
      this.#deadline.set(nextWakeMs)
      for (const output of outputs) this.#do(output, nowMs)
      for (const event of events) this.#options.onEvent(event)
    } catch (error) {
      // A defect of the core or of a handler; one message must not end the process that it came to.
      this.#counts.failed++
      this.#deadline.set(Math.max(this.member.nextWakeMs, nowMs + RETRY_MS))
      this.#logger.error({ error, input: input.kind }, 'a gossip input could not be handled')
    }
  }

  #do(output: Output, nowMs: number): void {
    if (output.kind === 'stream-probe') return void this.#probe(output)
    if (output.kind === 'stream') return void this.#stream(output.to, output.message)
    try {
      const datagram = this.#channel.seal(output.message, output.to, nowMs)
      this.#sockets.datagrams.send(datagram, output.to, () =>
        this.#step({ kind: 'send-failed', to: output.to }),
      )
    } catch (error) {
      if (!isKonorError(error, 'KONOR_GOSSIP_OVERSIZED')) throw error
      this.#counts.oversized++
      this.#logger.error({ error, to: output.to }, 'a gossip message does not fit a datagram')
    }
  }

  async #probe({ to, seq, timeoutMs }: Extract<Output, { kind: 'stream-probe' }>): Promise<void> {
    try {
      const answeredBy = await this.#sockets.streams.probe(to, timeoutMs)
      this.#deadline.noteRead()
      this.#step({ kind: 'stream-probed', seq, answeredBy })
    } catch (error) {
      this.#logger.debug({ error, to }, 'a stream probe failed')
      this.#step({ kind: 'stream-probed', seq })
    }
  }

  async #stream(to: MemberAddress, message: Message): Promise<void> {
    try {
      await this.#sockets.streams.send(to, message)
    } catch (error) {
      this.#logger.debug({ error, to, kind: message.kind }, 'a gossip stream failed')
    }
  }
}

/** The living half that sockets and channel need, once there is a member. */
interface HostSide {
  readonly self: () => { readonly epoch: number; readonly incarnation: number }
  readonly onStream: (message: Message, speaker: Speaker) => void
}

interface HostParts {
  readonly sockets: BoundSockets
  readonly channel: PacketChannel
  readonly desk: RequestDesk
  readonly address: MemberAddress
  readonly begin: (side: HostSide) => void
  readonly nextTurn: GossipSockets['nextTurn']
}
