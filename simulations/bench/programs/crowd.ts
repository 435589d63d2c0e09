import type { Desire } from '../../../actors/vocabulary/desire.ts'
import { decodeToken, type Token } from '../../../actors/vocabulary/token.ts'
import { createHeartbeat, type Heartbeat } from '../../../runtime/links/heartbeat.ts'
import type { Link, LinkHandler } from '../../../runtime/links/link.ts'
import { decodeCentralMessage, encodeAgentMessage } from '../../../runtime/links/link-codec.ts'
import { type AgentMessage, LINK_PROTOCOL, type Welcome } from '../../../runtime/links/protocol.ts'
import { createKeyPair } from '../../../runtime/links/secret-stream.ts'
import { createTcpTransport } from '../../../runtime/links/tcp-link.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import { platformFacts } from '../../../runtime/ports/node/platform-facts.ts'

// crowd PREFIX COUNT TOKEN: so many agents, as central sees them, in one process: each with its own key and link, it
// redeems, says hello, answers heartbeats and reports that it has applied whatever is wanted. Says `up` when all have.

/** How many join at the same time. */
const JOINING_MAX = 16
const DIAL_TIMEOUT_MS = 30_000

class CrowdAgent implements LinkHandler {
  readonly reported: Promise<void>
  readonly #token: Token
  readonly #link: Link
  readonly #name: string
  #resolveReported: () => void = () => {}
  #heartbeat: Heartbeat | undefined
  #seq = 0

  constructor(link: Link, token: Token, name: string) {
    this.#link = link
    this.#token = token
    this.#name = name
    this.reported = new Promise(resolve => (this.#resolveReported = resolve))
    this.#send({ t: 'redeem', token: token.id, secret: token.secret, name })
  }

  onMessage(bytes: Uint8Array): void {
    this.#heartbeat?.heard()
    const message = decodeCentralMessage(bytes)
    switch (message?.t) {
      case 'redeemed':
        return this.#hello()
      case 'welcome':
        return this.#watch(message)
      case 'desire':
        return this.#report(message.desire)
      case 'recorded':
        return this.#resolveReported()
      case 'ping':
        return this.#send({ t: 'pong', n: message.n })
      case 'pong':
        return this.#heartbeat?.pong(message.n)
      case 'refused':
        throw new Error(`${this.#name} was refused: ${message.code} ${message.message}`)
      default:
    }
  }

  #hello(): void {
    this.#send({
      t: 'hello',
      protocol: [LINK_PROTOCOL.min, LINK_PROTOCOL.max],
      cluster: this.#token.cluster,
      name: this.#name,
      timeline: 0,
      epoch: 0,
      labels: { zone: 'bench' },
      platform: platformFacts(),
      version: 'bench',
    })
  }

  #watch({ heartbeatMs }: Welcome): void {
    this.#heartbeat = createHeartbeat({
      clock: nodeClock,
      intervalMs: heartbeatMs,
      timeoutMs: heartbeatMs * 10,
      ping: n => this.#send({ t: 'ping', n }),
      onSilent: () => this.#link.close(),
    })
  }

  #report({ group, committed, candidate }: Desire): void {
    const wanted = candidate ?? committed
    if (wanted === null) return
    const { revision, digest } = wanted
    const progress = { revision, phase: 'applied' } as const
    const report = {
      group,
      active: revision,
      digest,
      activation: revision,
      progress,
      fallback: null,
      processes: 2,
    }
    this.#send({ t: 'report', seq: ++this.#seq, groups: [report] })
  }

  #send(message: AgentMessage): void {
    this.#link.send(encodeAgentMessage(message))
  }
}

const [, , prefix = '', count = '0', text = ''] = process.argv
const token = decodeToken(text)
let next = 0

async function join(): Promise<void> {
  while (next < Number(count)) {
    const name = `${prefix}-${next++}`
    let agent: CrowdAgent | undefined
    await createTcpTransport().dial({
      address: token.address,
      keyPair: createKeyPair(),
      remotePublicKey: token.key,
      timeoutMs: DIAL_TIMEOUT_MS,
      handler: link => (agent = new CrowdAgent(link, token, name)),
    })
    await agent?.reported
  }
}

await Promise.all(Array.from({ length: JOINING_MAX }, join))
process.stdout.write('up\n')
