import { errors } from '../../actors/vocabulary/errors/index.ts'
import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { BlobFetcher } from '../../runtime/links/blob-fetcher.ts'
import { type Heartbeat, createHeartbeat } from '../../runtime/links/heartbeat.ts'
import { decodeCentralMessage, encodeAgentMessage } from '../../runtime/links/link-codec.ts'
import type { Link, LinkHandler } from '../../runtime/links/link.ts'
import {
  type AgentMessage,
  type CentralMessage,
  type DesireMessage,
  LINK_PROTOCOL,
  type PingMessage,
  type Redeemed,
  type Refused,
  type ReportMessage,
  type Welcome,
} from '../../runtime/links/protocol.ts'
import { withTokenSettled } from './join-tokens.ts'
import type { CentralLinkOptions } from './central-link-options.ts'
import type { Reporter } from './reporter.ts'

/** Until `welcome` says how often: how often the link is looked at. */
const HEARTBEAT_DEFAULT_MS = 5_000
/** Silence of so many heartbeats ends the link. */
const HEARTBEATS_MISSED_MAX = 4

export interface CentralSessionOptions extends Omit<CentralLinkOptions, 'transport' | 'backoff'> {
  readonly link: Link
  readonly fetcher: BlobFetcher
  readonly reporter: Reporter
  /** Central welcomed the node, and what it said is taken. */
  readonly onWelcomed: () => void
}

/**
 * One link to central, from its beginning to its end: first every token that is not redeemed, then `hello`, then
 * `welcome`, and from there desires in, reports out. Redeeming again what was redeemed is fine, so a link that breaks
 * anywhere is simply begun anew.
 */
export class CentralSession implements LinkHandler {
  readonly #options: CentralSessionOptions
  readonly #unsettled = new Set<string>()
  #heartbeat: Heartbeat
  #isWelcomed = false
  #ended = false

  constructor(options: CentralSessionOptions) {
    this.#options = options
    this.#heartbeat = this.#watch(HEARTBEAT_DEFAULT_MS)
  }

  begin(): void {
    const { tokens, name } = this.#options.store.state
    for (const { id, secret, state } of tokens) {
      if (state !== 'pending' || secret === null || name === null) continue
      this.#unsettled.add(id)
      this.#send({ t: 'redeem', token: id, secret, name })
    }
    this.#helloWhenSettled()
  }

  onMessage(bytes: Uint8Array): void | Promise<void> {
    const message = decodeCentralMessage(bytes)
    this.#heartbeat.heard()
    if (message !== undefined && !this.#ended) return this.#take(message)
  }

  sendReport(message: ReportMessage): boolean {
    if (!this.#isWelcomed || this.#ended) return false
    const taken = this.#options.link.send(encodeAgentMessage(message))
    if (!taken) void this.#options.link.drained().then(() => this.#options.reporter.flush())
    return taken
  }

  /** The agent stops in good order. */
  leave(): void {
    if (this.#isWelcomed && !this.#ended) this.#send({ t: 'leave' })
  }

  end(): void {
    this.#ended = true
    this.#heartbeat.stop()
  }

  #take(message: CentralMessage): void | Promise<void> {
    const { fetcher, reporter } = this.#options
    switch (message.t) {
      case 'redeemed':
        return this.#redeemed(message)
      case 'welcome':
        return this.#welcomed(message)
      case 'gossip':
        return this.#options.membership.invited(message.gossip)
      case 'desire':
        return this.#desired(message)
      case 'recorded':
        return reporter.recorded(message.seq)
      case 'chunk':
        return fetcher.onChunk(message)
      case 'ping':
        return this.#send({ t: 'pong', n: message.n })
      case 'pong':
        return this.#heartbeat.pong(message.n)
      case 'refused':
        return this.#refused(message)
    }
  }

  async #redeemed({ token, group, name }: Redeemed): Promise<void> {
    const { store, groups, logger } = this.#options
    // Durable before hello: a token is redeemed again until this agent knows that it was.
    await store.update(state => ({ ...withTokenSettled(state, token, 'redeemed'), name }))
    logger.info({ token, group, name }, 'joined a group')
    groups.joined(group)
    this.#settled(token)
  }

  async #welcomed(welcome: Welcome): Promise<void> {
    const { groups, membership, link, onWelcomed } = this.#options
    const { protocol, timeline, epoch, heartbeatMs } = welcome
    if (protocol < LINK_PROTOCOL.min || protocol > LINK_PROTOCOL.max) {
      const range = `${LINK_PROTOCOL.min} to ${LINK_PROTOCOL.max}`
      link.close(
        new KonorError('KONOR_LINK_MALFORMED', `central chose protocol ${protocol}, this agent has ${range}`),
      )
      return
    }
    this.#heartbeat.stop()
    this.#heartbeat = this.#watch(heartbeatMs)
    await this.#fenced(() => groups.welcomed({ timeline, epoch, groups: welcome.groups }))
    if (this.#ended) return
    this.#isWelcomed = true
    membership.welcomed(welcome)
    onWelcomed()
  }

  async #desired({ desire, traceparent, proof }: DesireMessage): Promise<void> {
    const { group, timeline, epoch, retry, committed, candidate, removed } = desire
    const candidateRevision = candidate?.revision
    const fields = {
      group,
      timeline,
      epoch,
      retry,
      committed: committed?.revision,
      candidate: candidateRevision,
    }
    this.#options.logger.debug({ ...fields, activate: candidate?.activate, traceparent }, 'central desires')
    await this.#fenced(() => this.#options.groups.desired(desire, traceparent, proof))
    if (removed && !this.#ended) this.#options.membership.removedFrom(group)
  }

  /** A central that commands below the fence is not the one to be linked with. */
  async #fenced(take: () => Promise<void>): Promise<void> {
    try {
      await take()
    } catch (error) {
      if (!isKonorError(error, 'KONOR_AGENT_FENCED')) throw error
      this.#options.logger.warn({ err: error, code: error.code }, 'refused a central of an older epoch')
      this.#options.link.close(error)
    }
  }

  async #refused(message: Refused): Promise<void> {
    const { fetcher, store, membership, logger } = this.#options
    if (fetcher.onRefused(message)) return
    const { code, about, final } = message
    const fields = { code, about, final, reason: message.message }
    if (code === 'KONOR_ENGINE_UNKNOWN_IDENTITY') membership.expelled()
    if (about === undefined || !this.#unsettled.has(about)) {
      if (!final) return logger.error(fields, 'central refused')
      // Why the link ends is told with the outage: once, then ever more rarely. It may be tried for days.
      logger.debug(fields, 'central refused')
      return this.#options.link.close(refusalOf(message))
    }
    logger.error(fields, 'central refused')
    if (mayBeGrantedLater(code)) return this.#options.link.close()
    await store.update(state => withTokenSettled(state, about, 'refused'))
    this.#giveUpWithoutGroups(message)
    this.#settled(about)
  }

  #giveUpWithoutGroups({ code, about, message }: Refused): void {
    const { tokens } = this.#options.store.state
    if (tokens.some(token => token.state !== 'refused')) return
    const error = new KonorError('KONOR_AGENT_BAD_TOKEN', `central refused token ${about}: ${message}`, {
      details: { code, token: about },
    })
    this.#options.onHopeless(error)
  }

  #settled(token: string): void {
    if (this.#unsettled.delete(token)) this.#helloWhenSettled()
  }

  #helloWhenSettled(): void {
    const { store, labels, platform, version } = this.#options
    const { cluster, name, timeline, epoch, tokens } = store.state
    if (this.#unsettled.size > 0 || cluster === null || name === null) return
    if (!tokens.some(token => token.state === 'redeemed')) return
    const protocol = [LINK_PROTOCOL.min, LINK_PROTOCOL.max] as const
    this.#send({
      t: 'hello',
      protocol,
      cluster: cluster.id,
      name,
      timeline,
      epoch,
      labels,
      platform,
      version,
    })
  }

  #watch(intervalMs: number): Heartbeat {
    const { clock, link } = this.#options
    return createHeartbeat({
      clock,
      intervalMs,
      timeoutMs: intervalMs * HEARTBEATS_MISSED_MAX,
      // A full queue has our other messages for central to hear.
      ping: n => void link.send(encodeAgentMessage(this.#ping(n))),
      onSilent: silentMs =>
        link.close(new KonorError('KONOR_LINK_SILENT', `central was silent for ${Math.round(silentMs)} ms`)),
    })
  }

  #ping(n: number): PingMessage {
    const { heartbeat } = this.#options.membership
    return { t: 'ping', n, ...(heartbeat === undefined ? {} : { heartbeat }) }
  }

  /** Small messages that the session itself says; a link that is too full for them is not getting anywhere. */
  #send(message: AgentMessage): void {
    const { link } = this.#options
    if (!link.send(encodeAgentMessage(message)))
      link.close(new KonorError('KONOR_LINK_BUSY', `the link to central is too full for a ${message.t}`))
  }
}

/** Whether what central refused may be granted later to the same request. */
function mayBeGrantedLater(code: string): boolean {
  return Object.hasOwn(errors, code) && errors[code as keyof typeof errors].retryable
}

/** The refusal as an error of our own table, so that reconnecting knows whether hurry helps. */
function refusalOf({ code, message }: Refused): KonorError {
  const known = Object.hasOwn(errors, code) ? (code as keyof typeof errors) : 'KONOR_LINK_REFUSED'
  return new KonorError(known, message, { details: { code } })
}
