import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import type { GroupReport, Progress } from '../../../actors/vocabulary/report.ts'
import type { Leader } from '../../engine/leader.ts'
import { ADMIN, TestEngine } from '../../engine/engine.test.kit.ts'
import { decodeCentralMessage, encodeAgentMessage } from '../../links/link-codec.ts'
import type { KeyPair, Link, LinkTransport } from '../../links/link.ts'
import { createMemoryTransport } from '../../links/memory-link.ts'
import type { AgentMessage, CentralMessage } from '../../links/protocol.ts'
import { createKeyPair } from '../../links/secret-stream.ts'
import { type Faults, noFaults } from '../../ports/fault-points.ts'
import { silentLogger } from '../../ports/logger.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import type { HeartbeatSink } from '../membership/heartbeat-sink.ts'
import type { LinkMembership } from '../membership/link-membership.ts'
import { createLinkHost, type LinkHost } from './create-link-host.ts'

/** Enough turns of the event loop for everything that waits for no timer to come to rest. */
const TURNS_TO_REST = 30

/** Lets what is under way come to rest, without any time passing. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < TURNS_TO_REST; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}

/** The same key pair for the same name, always. */
export function keyPairOf(name: string): KeyPair {
  return createKeyPair(Buffer.from(digestOfBytes(Buffer.from(name)), 'hex'))
}

export interface TestHostOptions {
  readonly engine?: TestEngine
  readonly transport?: LinkTransport
  readonly listen?: string
  readonly faults?: Faults
  readonly membership?: LinkMembership
  readonly sink?: HeartbeatSink
  /** In the place of the leader's own. */
  readonly getBlob?: Leader['getBlob']
  readonly submitFact?: Leader['submitFact']
}

/** A real engine with a link host before it, and agents that say exactly what a test wants them to. */
export class TestHost {
  readonly engine: TestEngine
  readonly transport: LinkTransport
  readonly host: LinkHost
  readonly agents: TestAgent[] = []
  #tokens = 0

  private constructor(engine: TestEngine, transport: LinkTransport, host: LinkHost) {
    this.engine = engine
    this.transport = transport
    this.host = host
  }

  static async start(options: TestHostOptions = {}): Promise<TestHost> {
    const engine = options.engine ?? (await TestEngine.start())
    const transport = options.transport ?? createMemoryTransport()
    const { leader } = engine
    const host = await createLinkHost({
      leader: {
        get view() {
          return leader.view
        },
        get position() {
          return leader.position
        },
        submit: prepare => leader.submit(prepare),
        submitFact: input => (options.submitFact ?? (() => leader.submitFact(input)))(input),
        onFolded: listener => leader.onFolded(listener),
        getBlob: digest => (options.getBlob ?? (() => leader.getBlob(digest)))(digest),
      },
      transport,
      keyPair: keyPairOf('central'),
      clusterId: 'c1',
      clock: engine.clock,
      random: new SeededRandom('link-host'),
      logger: silentLogger,
      faults: options.faults ?? noFaults,
      ...(options.membership === undefined ? {} : { membership: options.membership }),
      ...(options.sink === undefined ? {} : { sink: options.sink }),
      options: { listen: options.listen ?? 'central:0', onAgentAhead: above => leader.fence(above) },
    })
    return new TestHost(engine, transport, host)
  }

  async stop(): Promise<void> {
    for (const { link } of this.agents) link?.close()
    await this.host.stop()
    await this.engine.stop()
  }

  /** Lets time pass in small steps, as it would: agents that are told to may answer between them. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      this.engine.clock.advanceBy(Math.min(250, ms - passedMs))
      await rest()
    }
  }

  /** A token of a group: its id, and its secret is the id with `-secret`. */
  async token(group: string, uses = 100): Promise<string> {
    const id = `token-${++this.#tokens}`
    const secretDigest = digestOfBytes(Buffer.from(`${id}-secret`))
    const expiresAtMs = this.engine.clock.wallMs() + 86_400_000
    await this.engine.submit(ADMIN, 'create-token', {
      id,
      group,
      uses,
      expiresAtMs,
      secretDigest,
      idempotency: null,
    })
    return id
  }

  /** An agent with an open link that has said nothing yet. */
  async dial(name: string, key = name): Promise<TestAgent> {
    const agent = new TestAgent(name, keyPairOf(key))
    await agent.dial(this.transport, this.host.address)
    this.agents.push(agent)
    return agent
  }

  /** An agent that joined the groups and was welcomed. */
  async join(name: string, ...groups: readonly string[]): Promise<TestAgent> {
    const agent = await this.dial(name)
    for (const group of groups) {
      agent.redeem(await this.token(group))
      await agent.next('redeemed')
    }
    await agent.welcomed()
    return agent
  }

  liveness(node: string): unknown {
    return (this.engine.stateOf(`node/${node}` as never) as { liveness: string }).liveness
  }
}

type Kind = CentralMessage['t']
type Of<T extends Kind> = Extract<CentralMessage, { readonly t: T }>

/** The agent's end of a link. It answers nothing by itself. */
export class TestAgent {
  readonly name: string
  readonly keyPair: KeyPair
  link: Link | undefined
  readonly received: CentralMessage[] = []
  closed: Promise<unknown> = Promise.resolve()
  isOpen = false
  #read = 0
  #seq = 0
  #wake: () => void = () => {}

  constructor(name: string, keyPair: KeyPair) {
    this.name = name
    this.keyPair = keyPair
  }

  async dial(
    transport: LinkTransport,
    address: string,
    remotePublicKey: Uint8Array = keyPairOf('central').publicKey,
  ): Promise<void> {
    this.link = await transport.dial({
      address,
      keyPair: this.keyPair,
      remotePublicKey,
      timeoutMs: 10_000,
      handler: () => ({ onMessage: bytes => this.#take(bytes) }),
    })
    this.isOpen = true
    this.closed = this.link.closed.then(() => {
      this.isOpen = false
      this.#wake()
    })
  }

  say(message: AgentMessage): void {
    this.sayBytes(encodeAgentMessage(message))
  }

  sayAnything(value: CborValue): void {
    this.sayBytes(encodeCanonical(value))
  }

  sayBytes(bytes: Uint8Array): void {
    this.link?.send(bytes)
  }

  redeem(token: string, secret = `${token}-secret`): void {
    this.say({ t: 'redeem', token, secret, name: this.name })
  }

  hello(order = { timeline: 0, epoch: 0 }, more: object = {}): void {
    const hello = { t: 'hello', protocol: [1, 1], cluster: 'c1', name: this.name, version: '1.0.0' } as const
    this.say({ ...hello, ...order, labels: { tier: 'a' }, platform: { os: 'linux' }, ...more })
  }

  /** Says hello and waits for the welcome. */
  async welcomed(): Promise<Of<'welcome'>> {
    this.hello()
    return this.next('welcome')
  }

  /** Reports one group and waits until that is recorded. */
  async report(group: string, progress: Progress | null, active: number | null = null): Promise<number> {
    const seq = this.sayReport([reportOf(group, progress, active)])
    const { seq: recorded } = await this.next('recorded')
    return recorded === seq ? seq : Promise.reject(new Error(`recorded ${recorded}, not ${seq}`))
  }

  sayReport(groups: readonly GroupReport[], seq = ++this.#seq): number {
    this.say({ t: 'report', seq, groups })
    return seq
  }

  /** The next message of a kind that no one asked for before; earlier ones of other kinds are passed over. */
  async next<T extends Kind>(kind: T): Promise<Of<T>> {
    for (;;) {
      while (this.#read < this.received.length) {
        const message = this.received[this.#read++]
        if (message?.t === kind) return message as Of<T>
      }
      if (!this.isOpen) throw new Error(`the link closed before a ${kind} came`)
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  all<T extends Kind>(kind: T): Of<T>[] {
    return this.received.filter((message): message is Of<T> => message.t === kind)
  }

  /** The desire of a group that was heard last. */
  desire(group: string): Of<'desire'>['desire'] | undefined {
    return this.all('desire').findLast(({ desire }) => desire.group === group)?.desire
  }

  #take(bytes: Uint8Array): void {
    const message = decodeCentralMessage(bytes)
    if (message !== undefined) this.received.push(message)
    this.#wake()
  }
}

export function reportOf(
  group: string,
  progress: Progress | null,
  active: number | null = null,
): GroupReport {
  return { group, active, digest: null, activation: active ?? 0, progress, fallback: null, processes: 1 }
}
