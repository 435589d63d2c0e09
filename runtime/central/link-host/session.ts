import type { IdentityContext } from '../../../actors/identity/chart.ts'
import { identityAddress, jobAddress, groupAddress } from '../../../actors/vocabulary/addresses.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { JobContext } from '../../../actors/job/context.ts'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Leader } from '../../engine/leader.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import type { BlobServer } from '../../links/blob-server.ts'
import { createHeartbeat, type Heartbeat } from '../../links/heartbeat.ts'
import type { Link, LinkHandler } from '../../links/link.ts'
import { decodeAgentMessage, encodeCentralMessage } from '../../links/link-codec.ts'
import {
  type AgentHello,
  type CentralMessage,
  LINK_PROTOCOL,
  type Redeem,
  type ReportMessage,
} from '../../links/protocol.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Faults } from '../../ports/fault-points.ts'
import type { Logger } from '../../ports/logger.ts'
import { desireOf } from './desire-of.ts'

/** A link that has not said hello by then is closed. */
export const HELLO_TIMEOUT_MS = 5_000
/** Redemptions that one link may try. */
export const REDEEMS_PER_LINK_MAX = 64
/** Reports of one link that may wait for their record; a peer that sends more is not read meanwhile. */
export const REPORTS_WAITING_MAX = 64
export const HEARTBEAT_MS = 2_000
export const SILENT_AFTER_MS = 6_000

export interface SessionContext {
  readonly leader: Leader
  readonly clusterId: string
  readonly blobs: BlobServer
  readonly clock: Clock
  readonly logger: Logger
  readonly faults: Faults
  onAgentAhead(above: { readonly timeline: number; readonly epoch: number }): Promise<void>
  onUp(session: Session): void
  onLeft(session: Session): void
  onClosed(session: Session): void
}

/** One agent's link: first who it is, then what is wanted of it, and what it reports. */
export class Session implements LinkHandler {
  readonly #context: SessionContext
  readonly #link: Link
  readonly #keyHex: string
  readonly #sent = new Map<string, string>()
  readonly #digests = new Set<string>()
  #node: string | undefined
  #groups: readonly string[] = []
  #redeems = 0
  #reports = 0
  #heartbeat: Heartbeat | undefined
  #cancelHello: () => void

  constructor(link: Link, context: SessionContext) {
    this.#link = link
    this.#context = context
    this.#keyHex = Buffer.from(link.remotePublicKey).toString('hex')
    this.#cancelHello = context.clock.startTimer(HELLO_TIMEOUT_MS, () =>
      this.#refuse('KONOR_LINK_TIMEOUT', 'no hello in time', true),
    )
    void link.closed.then(() => this.#over())
  }

  get node(): string | undefined {
    return this.#node
  }

  get groups(): readonly string[] {
    return this.#groups
  }

  async onMessage(bytes: Uint8Array): Promise<void> {
    this.#heartbeat?.heard()
    const message = decodeAgentMessage(bytes)
    if (message === undefined) return
    try {
      if (message.t === 'redeem') return await this.#redeem(message)
      if (message.t === 'hello') return await this.#hello(message)
      if (this.#node === undefined)
        return this.#refuse('KONOR_ENGINE_UNKNOWN_IDENTITY', 'say hello first', true)
      if (message.t === 'report') return await this.#report(message)
      if (message.t === 'fetch') {
        if (this.#digests.has(message.digest)) return await this.#context.blobs.serve(this.#link, message)
        return this.#refuse(
          'KONOR_LINK_BLOB_REFUSED',
          'nothing that is wanted of this node has that digest',
          false,
          message.digest,
        )
      }
      if (message.t === 'ping') this.#send({ t: 'pong', n: message.n })
      else if (message.t === 'pong') this.#heartbeat?.pong(message.n)
      else if (message.t === 'leave') this.#context.onLeft(this)
    } catch (cause) {
      if (!isKonorError(cause)) throw cause
      this.#refuse(cause.code, cause.message, !cause.spec.retryable)
    }
  }

  /** Sends what is wanted of the node for a group, unless it was told exactly that on this link. */
  desire(group: string): void {
    const { leader, faults } = this.#context
    if (this.#node === undefined) return
    const desire = desireOf(leader.view, leader.position, group, this.#node)
    const text = JSON.stringify(desire)
    if (this.#sent.get(group) === text) return
    this.#sent.set(group, text)
    for (const generation of [desire.committed, desire.candidate])
      if (generation !== null) this.#digests.add(generation.digest)
    faults.hit('central.before-desire')
    const traceparent = this.#traceOf(group)
    this.#send(traceparent === undefined ? { t: 'desire', desire } : { t: 'desire', desire, traceparent })
  }

  join(group: string): void {
    if (!this.#groups.includes(group)) this.#groups = [...this.#groups, group]
  }

  close(reason?: Error): void {
    this.#link.close(reason)
  }

  async #redeem({ token, secret, name }: Redeem): Promise<void> {
    if (++this.#redeems > REDEEMS_PER_LINK_MAX)
      return this.#refuse('KONOR_ENGINE_TOKEN_REFUSED', 'too many tries', true)
    const body = { token, secretDigest: digestOfBytes(Buffer.from(secret)), key: this.#keyHex, name }
    try {
      const reply = (await this.#submit('redeem', body, name)) as {
        readonly node: string
        readonly group: string
      }
      this.#send({ t: 'redeemed', token, group: reply.group, name: reply.node })
      if (this.#node !== undefined) this.join(reply.group)
    } catch (cause) {
      if (!isKonorError(cause)) throw cause
      this.#refuse(cause.code, cause.message, false, token)
    }
  }

  async #hello(hello: AgentHello): Promise<void> {
    const { leader, clusterId } = this.#context
    if (hello.cluster !== clusterId)
      return this.#refuse('KONOR_ENGINE_UNKNOWN_IDENTITY', 'this is another cluster', true)
    if (hello.protocol[0] > LINK_PROTOCOL.max || hello.protocol[1] < LINK_PROTOCOL.min)
      return this.#refuse('KONOR_LINK_MALFORMED', 'no protocol version in common', true)
    const identity = leader.view.get(identityAddress(this.#keyHex))
    const name = identity === undefined ? hello.name : contextOf<IdentityContext>(identity).node
    const { labels, platform, version, timeline, epoch } = hello
    const reply = (await this.#submit('hello', { key: this.#keyHex, labels, platform, version }, name)) as {
      readonly node: string
      readonly groups: readonly string[]
    }
    await this.#context.onAgentAhead({ timeline, epoch })
    this.#cancelHello()
    this.#node = reply.node
    this.#groups = reply.groups.filter(
      group => !desireOf(leader.view, leader.position, group, reply.node).removed,
    )
    this.#sent.clear()
    this.#send({
      t: 'welcome',
      protocol: LINK_PROTOCOL.max,
      node: reply.node,
      timeline: leader.position.timeline,
      epoch: leader.position.epoch,
      groups: this.#groups,
      heartbeatMs: HEARTBEAT_MS,
    })
    this.#heartbeat?.stop()
    this.#heartbeat = createHeartbeat({
      clock: this.#context.clock,
      intervalMs: HEARTBEAT_MS,
      timeoutMs: SILENT_AFTER_MS,
      ping: n => this.#send({ t: 'ping', n }),
      onSilent: () => this.#link.close(new KonorError('KONOR_LINK_SILENT', 'the agent fell silent')),
    })
    this.#context.onUp(this)
    for (const group of this.#groups) this.desire(group)
  }

  async #report({ seq, groups, traceparent }: ReportMessage): Promise<void> {
    const node = this.#node ?? ''
    const known = groups.filter(({ group }) => this.#groups.includes(group))
    const recorded = this.#context.leader
      .submitFact({
        route: 'report',
        by: `node/${node}`,
        scopes: ['node'],
        body: { node, seq, groups: known as unknown as CborValue },
        ...(traceparent === undefined ? {} : { trace: traceparent.slice(3, 35) }),
      })
      .then(() => {
        this.#context.faults.hit('central.after-report')
        this.#send({ t: 'recorded', seq })
      })
      .catch((cause: unknown) => {
        // Not recorded: the agent sends it again.
        this.#context.logger.warn({ err: cause, node, seq }, 'a report was not recorded')
      })
      .finally(() => {
        this.#reports--
      })
    if (++this.#reports >= REPORTS_WAITING_MAX) await recorded
  }

  async #submit(route: string, body: CborValue, name: string): Promise<CborValue> {
    const input = { route, by: `node/${name}`, scopes: ['node'], body }
    return (await this.#context.leader.submit(() => ({ input }))).body
  }

  #traceOf(group: string): string | undefined {
    const { leader } = this.#context
    const record = leader.view.get(groupAddress(group))
    const holder = record === undefined ? null : contextOf<GroupContext>(record).holder
    const job = holder === null ? undefined : leader.view.get(jobAddress(holder))
    const trace = job === undefined ? null : contextOf<JobContext>(job).trace
    return trace === null ? undefined : `00-${trace}-${trace.slice(0, 16)}-01`
  }

  #refuse(code: string, message: string, final: boolean, about?: string): void {
    this.#send(
      about === undefined
        ? { t: 'refused', code, message, final }
        : { t: 'refused', code, message, final, about },
    )
    if (final) this.#link.close()
  }

  #send(message: CentralMessage): void {
    // A peer that does not read costs itself: it is cut off and starts anew when it can.
    if (!this.#link.send(encodeCentralMessage(message))) {
      this.#link.close(new KonorError('KONOR_LINK_STALLED', 'the agent does not read'))
    }
  }

  #over(): void {
    this.#cancelHello()
    this.#heartbeat?.stop()
    this.#context.onClosed(this)
  }
}
