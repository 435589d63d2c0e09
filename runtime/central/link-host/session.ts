import type { IdentityContext } from '../../../actors/identity/chart.ts'
import { identityAddress } from '../../../actors/vocabulary/addresses.ts'
import type { ErrorCode } from '../../../actors/vocabulary/errors/index.ts'
import { isKonorError, KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { LINK_FETCHES_MAX } from '../../links/blob-server.ts'
import { decodeAgentMessage, encodeCentralMessage } from '../../links/link-codec.ts'
import type { Link, LinkHandler } from '../../links/link.ts'
import {
  type AgentHello,
  type AgentMessage,
  type CentralMessage,
  type FetchMessage,
  LINK_PROTOCOL,
  type PingMessage,
  type Redeem,
  type ReportMessage,
  type Welcome,
} from '../../links/protocol.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import { groupsOf } from './desire-of.ts'
import type { Receiver } from './desire-feed.ts'
import { checkHello } from './check-hello.ts'
import { helloInput, redeemInput, reportInput } from './inputs.ts'
import {
  MESSAGES_PER_SWEEP_MAX,
  REDEEM_FAILURES_PER_LINK_MAX,
  REDEEMS_PER_LINK_MAX,
  REPORT_GROUPS_MAX,
  REPORTS_WAITING_MAX,
} from './link-host-bounds.ts'
import type { Watched } from './liveness-monitor.ts'
import type { SessionHost } from './session-host.ts'

/**
 * One link of one agent, from its opening to its end: redemptions, `hello`, and from `welcome` on reports in and
 * desires out. Everything that it waits for holds up this link only. It is made for thousands: no timers of its own.
 */
export class Session implements LinkHandler, Receiver, Watched {
  readonly link: Link
  readonly groups: Receiver['groups'] = new Map()
  readonly #host: SessionHost
  /** Empty until `hello` was admitted. */
  node = ''
  heardAtMs: number
  /** While we make the peer wait, its silence is ours. */
  isHeld = false
  /** Observed time since which only the peer can move this link on. */
  waitsSinceMs: number
  /** Number of the newest keys of gossip that the agent has said to have heard. */
  keyStage = 0
  #isEnded = false
  #redeems = 0
  #failures = 0
  #messages = 0
  #reports = 0
  #fetches = 0
  #reportDone: (() => void) | undefined

  constructor(link: Link, host: SessionHost) {
    this.link = link
    this.#host = host
    this.heardAtMs = host.time.nowMs()
    this.waitsSinceMs = this.heardAtMs
  }

  /** The peer's key in hexadecimal. */
  get key(): string {
    return Buffer.from(this.link.remotePublicKey).toString('hex')
  }

  onMessage(bytes: Uint8Array): void | Promise<void> {
    if (this.#isEnded) return
    this.heardAtMs = this.#host.time.nowMs()
    if (++this.#messages > MESSAGES_PER_SWEEP_MAX)
      return this.refuse('KONOR_LINK_FLOOD', 'this link sends more messages than it may')
    try {
      const message = decodeAgentMessage(bytes)
      if (message !== undefined)
        return this.node === '' ? this.#greet(message) : this.#take(message, this.node)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  /** Tells why and ends the link. */
  refuse(code: ErrorCode, message: string, about?: string): void {
    if (this.#isEnded) return
    this.end()
    this.#host.counters.refused++
    this.#host.logger.warn({ code, node: this.node, from: this.link.remoteAddress }, 'a link is closed')
    this.#say({ t: 'refused', code, message, final: true, ...(about === undefined ? {} : { about }) })
    this.link.close(new KonorError(code, message))
  }

  /** The link is over: nothing is read from it or awaited for it any more. */
  end(): void {
    this.#isEnded = true
    this.#reportDone?.()
  }

  /** Gossip's keys moved on. The agent takes one message after the other, so its answer to the ping is for both. */
  tellGossip(notice: Uint8Array, keyStage: number): void {
    this.link.send(notice)
    this.#say({ t: 'ping', n: keyStage })
  }

  /** A look at the link has been taken: its rate is counted anew. */
  swept(): void {
    this.#messages = 0
  }

  probe(): void {
    this.#say({ t: 'ping', n: 0 })
  }

  giveUp(silentMs: number): void {
    this.link.close(
      new KonorError('KONOR_LINK_SILENT', `the agent was silent for ${Math.round(silentMs)} ms`),
    )
  }

  #greet(message: AgentMessage): void | Promise<void> {
    switch (message.t) {
      case 'redeem':
        return this.#holdWhile(this.#redeem(message))
      case 'hello':
        return this.#holdWhile(this.#hello(message))
      case 'ping':
      case 'pong':
        return
      default:
        if (this.#identity() === undefined) return this.#refuseUnknown()
        return this.refuse('KONOR_LINK_MALFORMED', `${message.t} came before hello`)
    }
  }

  #take(message: AgentMessage, node: string): void | Promise<void> {
    switch (message.t) {
      case 'report':
        return this.#report(message, node)
      case 'fetch':
        return this.#fetch(message)
      case 'ping':
        return this.#ping(message, node)
      case 'pong':
        this.keyStage = Math.max(this.keyStage, message.n)
        return
      case 'leave':
        this.#host.left(this)
        return this.link.close()
      case 'redeem':
        return this.#holdWhile(this.#redeem(message))
      case 'hello':
        return this.refuse('KONOR_LINK_MALFORMED', 'hello was said twice')
    }
  }

  #ping({ n, heartbeat }: PingMessage, node: string): void {
    this.#say({ t: 'pong', n })
    this.#host.sink?.heard({ node, via: 'link', ...(heartbeat === undefined ? {} : { heartbeat }) })
  }

  /** All that the node needs to take part in gossip, and to read what its groups pass on to one another. */
  #gossip(groups: readonly string[]): Pick<Welcome, 'gossip' | 'bundleKeys'> {
    const { membership } = this.#host
    if (membership === undefined) return {}
    const bundleKeys = groups.map(group => ({ group, key: membership.bundleKey(group) }))
    return { gossip: membership.invitation(), bundleKeys }
  }

  async #redeem(message: Redeem): Promise<void> {
    const { redeems, leader, logger } = this.#host
    const { token } = message
    // An agent says all its tokens in one go.
    this.#messages--
    if (++this.#redeems > REDEEMS_PER_LINK_MAX)
      return this.refuse('KONOR_LINK_FLOOD', 'more redemptions than an agent has tokens', token)
    try {
      const input = redeemInput(message, this.key)
      const { body } = await redeems.pass(
        hostOf(this.link.remoteAddress),
        () => leader.submit(() => ({ input })),
        thrown => isKonorError(thrown) && !thrown.spec.retryable,
      )
      const { node, group } = body as { readonly node: string; readonly group: string }
      this.#say({ t: 'redeemed', token, group, name: node })
      logger.info({ token, node, group, from: this.link.remoteAddress }, 'a token was redeemed')
    } catch (thrown) {
      if (!isKonorError(thrown)) throw thrown
      const { code, message: why } = thrown
      logger.warn({ code, token, from: this.link.remoteAddress }, 'a redemption was refused')
      if (code === 'KONOR_LINK_ATTEMPTS' || ++this.#failures >= REDEEM_FAILURES_PER_LINK_MAX)
        return this.refuse(code, why, token)
      this.#host.counters.refused++
      this.#say({ t: 'refused', code, message: why, final: false, about: token })
    }
  }

  async #hello(hello: AgentHello): Promise<void> {
    const { leader, clusterId, logger } = this.#host
    const known = this.#identity()
    if (known === undefined) return this.#refuseUnknown()
    checkHello(hello, clusterId, leader.position)
    // A restored central has lost commands that this agent holds: it must outrank them before it commands again.
    if (isAhead(hello, leader.position)) await this.#host.onAgentAhead(hello)
    const input = helloInput(hello, this.key, known)
    const { body } = await leader.submit(() => ({ input }))
    if (this.#isEnded) return
    const { node } = body as { readonly node: string }
    const { timeline, epoch } = leader.position
    if (isAhead(hello, leader.position))
      return this.refuse('KONOR_ENGINE_NO_LEADER', 'the agent has heard a newer central')
    if (this.#identity() !== node) return this.#refuseUnknown()
    if (!this.#host.admit(this, node)) return
    const heartbeatMs = this.#host.heartbeatMsOfOne()
    const groups = groupsOf(leader.view, node)
    this.#say({
      t: 'welcome',
      protocol: LINK_PROTOCOL.max,
      node,
      timeline,
      epoch,
      groups,
      heartbeatMs,
      ...this.#gossip(groups),
    })
    if (this.#host.membership !== undefined) this.#say({ t: 'ping', n: this.#host.membership.keyStage })
    logger.info({ node, groups: groups.length, version: hello.version }, 'an agent is linked')
    this.#host.feed.add(this)
  }

  #report(message: ReportMessage, node: string): void | Promise<void> {
    if (message.groups.length > REPORT_GROUPS_MAX)
      return this.refuse('KONOR_LINK_MALFORMED', `a report names at most ${REPORT_GROUPS_MAX} groups`)
    this.#reports++
    this.#record(message, node)
      .catch((thrown: unknown) => this.#fail(thrown))
      .finally(() => {
        this.#reports--
        this.#reportDone?.()
      })
    if (this.#reports < REPORTS_WAITING_MAX) return
    return this.#holdWhile(new Promise<void>(resolve => (this.#reportDone = resolve)))
  }

  async #record(message: ReportMessage, node: string): Promise<void> {
    const { leader, faults, feed, counters, logger } = this.#host
    try {
      await leader.submitFact(reportInput(message, node))
      faults.hit('central.after-report')
    } catch (thrown) {
      // Not recorded, not answered: the agent says it again.
      logger.warn({ err: thrown, node, seq: message.seq }, 'a report was not recorded')
      if (isKonorError(thrown, 'KONOR_ENGINE_NO_LEADER')) this.refuse(thrown.code, thrown.message)
      return
    }
    counters.reports++
    if (this.#isEnded) return
    this.#say({ t: 'recorded', seq: message.seq })
    feed.reported(
      this,
      message.groups.map(({ group }) => group),
    )
  }

  #fetch(message: FetchMessage): void {
    const { feed, chunks } = this.#host
    // Fetches are bounded by their answers; a rate would only slow an honest transfer.
    this.#messages--
    if (!feed.names(this, message.digest)) {
      this.#messages++
      return this.#refuseFetch(message, 'KONOR_LINK_BLOB_REFUSED', 'no desire of this node names the blob')
    }
    if (this.#fetches >= LINK_FETCHES_MAX)
      return this.#refuseFetch(message, 'KONOR_LINK_BLOB_BUSY', 'too many fetches at once')
    this.#fetches++
    chunks
      .serve(this.link, message)
      .catch((thrown: unknown) => this.#fail(thrown))
      .finally(() => this.#fetches--)
  }

  #refuseFetch({ digest }: FetchMessage, code: ErrorCode, message: string): void {
    this.#host.counters.refused++
    this.#say({ t: 'refused', code, message, final: false, about: digest })
  }

  #refuseUnknown(): void {
    this.refuse('KONOR_ENGINE_UNKNOWN_IDENTITY', 'no node is known by this key: redeem a token first')
  }

  /** The node that this key speaks for. */
  #identity(): string | undefined {
    const record = this.#host.leader.view.get(identityAddress(this.key))
    return record === undefined ? undefined : contextOf<IdentityContext>(record).node
  }

  async #holdWhile(work: Promise<void>): Promise<void> {
    this.isHeld = true
    try {
      await work
    } catch (thrown) {
      this.#fail(thrown)
    } finally {
      this.isHeld = false
      this.heardAtMs = this.#host.time.nowMs()
      this.waitsSinceMs = this.heardAtMs
    }
  }

  #fail(thrown: unknown): void {
    if (isKonorError(thrown)) return this.refuse(thrown.code, thrown.message)
    this.#host.logger.error({ err: thrown, node: this.node }, 'a message of an agent could not be handled')
    this.refuse('KONOR_LINK_HANDLER', 'the message could not be handled')
  }

  /** Small answers. A queue that is too full for one belongs to a peer that does not read: it repeats what it needs. */
  #say(message: CentralMessage): void {
    this.link.send(encodeCentralMessage(message))
  }
}

function isAhead(
  agent: { readonly timeline: number; readonly epoch: number },
  central: { readonly timeline: number; readonly epoch: number },
): boolean {
  return (agent.timeline - central.timeline || agent.epoch - central.epoch) > 0
}

/** The host of `host:port`: attempts count for it, whatever port they come from. */
function hostOf(address: string): string {
  const colon = address.lastIndexOf(':')
  return colon < 0 ? address : address.slice(0, colon)
}
