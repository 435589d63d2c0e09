import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { type BlobFetcher, createBlobFetcher } from '../../runtime/links/blob-fetcher.ts'
import { type Backoff, type KeptLink, keepLinked } from '../../runtime/links/keep-linked.ts'
import type { Link, LinkHandler } from '../../runtime/links/link.ts'
import type { CentralLinkOptions } from './central-link-options.ts'
import { CentralSession } from './central-session.ts'
import { OutageLog } from './outage-log.ts'
import { Reporter } from './reporter.ts'

/** How an agent looks for central: a fleet that lost it is back within seconds and does not come as one wave. */
export const CENTRAL_BACKOFF: Backoff = { minMs: 200, maxMs: 5_000 }
const DIAL_TIMEOUT_MS = 10_000
/** Report sequences of one start of the agent: `boot` counts the starts, so that they rise for ever. */
export const SEQS_PER_BOOT = 2 ** 32

/** `down`: no link. `joining`: central has not welcomed the node yet. */
export type CentralLinkStatus = 'down' | 'joining' | 'up'

/** The agent's side of its link to central: held for ever, one session after the other. */
export class CentralLink {
  readonly #options: CentralLinkOptions
  readonly #fetcher: BlobFetcher = createBlobFetcher()
  readonly #reporter: Reporter
  readonly #outages: OutageLog
  #kept: KeptLink | undefined
  #session: CentralSession | undefined
  #sent = 0
  #status: CentralLinkStatus = 'down'

  constructor(options: CentralLinkOptions) {
    this.#options = options
    const { groups, clock, store, logger } = options
    this.#outages = new OutageLog(logger, clock)
    this.#reporter = new Reporter({
      groups: () => groups.groups(),
      report: group => groups.report(group),
      traceparent: group => groups.traceparent(group),
      nextSeq: () => store.state.boot * SEQS_PER_BOOT + ++this.#sent,
      send: message => this.#sendReport(message),
      clock,
    })
  }

  get status(): CentralLinkStatus {
    return this.#status
  }

  /** Begins to look for central. The state must name the cluster, and count this start, durably. */
  start(): void {
    const { store, transport, clock, random } = this.#options
    const { cluster } = store.state
    if (cluster === null)
      throw new KonorError(
        'KONOR_AGENT_NOT_JOINED',
        'this agent was never given a token: start it with --token',
      )
    this.#kept = keepLinked({
      transport,
      clock,
      random,
      backoff: this.#options.backoff ?? CENTRAL_BACKOFF,
      dial: {
        address: cluster.address,
        keyPair: store.identity,
        remotePublicKey: cluster.key,
        timeoutMs: DIAL_TIMEOUT_MS,
      },
      onLink: link => this.#open(link),
      onDown: down => this.#outages.down(down),
    })
  }

  changed(group: string): void {
    this.#reporter.changed(group)
  }

  /** A bundle from central: waits for a link, goes on where it was when the link is another. */
  fetchBundle(generation: Generation): Promise<Uint8Array> {
    return this.#fetcher.fetch(generation.digest, generation.sizeBytes)
  }

  /** The bundle is here by another way. */
  forgetBundle(digest: Digest): void {
    this.#fetcher.abort(digest)
  }

  /** Says `leave` when it can and ends the link. */
  async stop(): Promise<void> {
    this.#session?.leave()
    this.#reporter.linkDown()
    await this.#kept?.stop()
  }

  #open(link: Link): LinkHandler {
    const session = new CentralSession({
      ...this.#options,
      link,
      fetcher: this.#fetcher,
      reporter: this.#reporter,
      onWelcomed: () => {
        if (this.#session !== session) return
        this.#status = 'up'
        this.#outages.welcomed(link.remoteAddress)
        this.#fetcher.linkUp(link)
        this.#reporter.linkUp()
        this.#options.onUp()
      },
    })
    this.#session = session
    this.#status = 'joining'
    this.#options.membership.linked(link.localAddress)
    void link.closed.then(() => this.#closed(session))
    session.begin()
    return session
  }

  #closed(session: CentralSession): void {
    session.end()
    if (this.#session !== session) return
    this.#session = undefined
    this.#status = 'down'
    this.#fetcher.linkDown()
    this.#reporter.linkDown()
    this.#options.groups.linkDown()
    this.#options.onDown()
  }

  #sendReport(message: Parameters<CentralSession['sendReport']>[0]): boolean {
    const { faults, logger } = this.#options
    try {
      faults.hit('agent.before-report')
      const taken = this.#session?.sendReport(message) ?? false
      if (taken) faults.hit('agent.after-report')
      return taken
    } catch (error) {
      logger.error({ err: error, seq: message.seq }, 'a report could not be sent; it is said again')
      return true
    }
  }
}
