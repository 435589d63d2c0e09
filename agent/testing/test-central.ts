import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Candidate, Desire } from '../../actors/vocabulary/desire.ts'
import type { GroupReport } from '../../actors/vocabulary/report.ts'
import type { Generation } from '../../actors/vocabulary/revision.ts'
import { encodeToken } from '../../actors/vocabulary/token.ts'
import { createCommittedSigner } from '../../runtime/links/committed-proof.ts'
import { createBlobServer } from '../../runtime/links/blob-server.ts'
import { decodeAgentMessage, encodeCentralMessage } from '../../runtime/links/link-codec.ts'
import type { Link, LinkServer, LinkTransport } from '../../runtime/links/link.ts'
import type { AgentMessage, CentralMessage, GossipInvitation } from '../../runtime/links/protocol.ts'
import { keyPairOfSeed } from '../store/node-keys.ts'

/** The other end of an agent's link, without any of a central's own decisions: it wants what the test says. */
export class TestCentral {
  readonly #keyPair = keyPairOfSeed(new Uint8Array(32).fill(3))
  readonly #sign = createCommittedSigner(this.#keyPair.secretKey)
  readonly #blobs = new Map<Digest, Uint8Array>()
  readonly #blobServer = createBlobServer({
    getBlob: async digest => this.#blobs.get(digest),
    onError: () => {},
  })
  readonly #links = new Set<Link>()
  readonly #desires = new Map<string, Desire>()
  #server: LinkServer | undefined
  address = ''
  timeline = 1
  epoch = 1
  /** Redeemed tokens, with the key and the name that did it. */
  readonly redeemed: { token: string; key: string; name: string }[] = []
  readonly received: AgentMessage[] = []
  readonly reports = new Map<string, GroupReport>()
  readonly seqs: number[] = []
  groups: string[] = []
  /** When set, agents are invited so; `invite` tells it to those that are linked. */
  gossip: GossipInvitation | undefined
  bundleKeys: { group: string; key: Uint8Array }[] | undefined
  /** When set, a `hello` is refused for good with this code. */
  expels: string | undefined
  /** When set, tokens are refused with this code. */
  refuse: string | undefined
  /** While false, nothing is answered to `redeem`: as if the answer was lost. */
  answersRedeem = true
  records = true
  /** While true, pings stay without answer. */
  isSilent = false
  heartbeatMs = 1_000

  async listen(transport: LinkTransport, address = '127.0.0.1:0'): Promise<void> {
    this.#server = await transport.listen({
      address,
      keyPair: this.#keyPair,
      connectionsMax: 16,
      handshakeTimeoutMs: 10_000,
      onLink: link => {
        this.#links.add(link)
        void link.closed.then(() => this.#links.delete(link))
        return { onMessage: bytes => this.#take(link, bytes) }
      },
    })
    this.address = this.#server.address
  }

  /** Links of agents that are open now. */
  get links(): number {
    return this.#links.size
  }

  token(group: string, id = `token-of-${group}`, cluster = 'c1'): string {
    const key = this.#keyPair.publicKey
    return encodeToken({ address: this.address, cluster, key, group, id, secret: `secret of ${id}` })
  }

  /** Stores a bundle (or what is none) and names it a revision. */
  generation(revision: number, entries: CborValue): Generation {
    const bytes = encodeCanonical(entries)
    const digest = digestOfBytes(bytes)
    this.#blobs.set(digest, bytes)
    return { revision, digest, sizeBytes: bytes.length }
  }

  candidate(of: Generation, activate: boolean): Candidate {
    return { ...of, activate, prepareTimeoutMs: 20_000, applyTimeoutMs: 20_000 }
  }

  desire(group: string, fields: Partial<Desire>): void {
    const order = { timeline: this.timeline, epoch: this.epoch }
    const nothing = { committed: null, candidate: null, retry: 0, removed: false }
    const desire = { group, ...order, ...nothing, ...fields }
    this.#desires.set(group, desire)
    for (const link of this.#links) this.#tell(link, desire)
  }

  /** The invitation moves on: those that are linked hear of it, others with their next welcome. */
  invite(gossip: GossipInvitation): void {
    this.gossip = gossip
    for (const link of this.#links) this.#send(link, { t: 'gossip', gossip })
  }

  cut(): void {
    for (const link of this.#links) link.close()
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }

  async #take(link: Link, bytes: Uint8Array): Promise<void> {
    const message = decodeAgentMessage(bytes)
    if (message === undefined) return
    this.received.push(message)
    switch (message.t) {
      case 'redeem': {
        const { token, name } = message
        if (this.refuse !== undefined) {
          const refusal = { code: this.refuse, message: 'not with me', final: false, about: token } as const
          return this.#send(link, { t: 'refused', ...refusal })
        }
        const group = token.replace('token-of-', '').split('-')[0] ?? ''
        this.redeemed.push({ token, name, key: Buffer.from(link.remotePublicKey).toString('hex') })
        if (!this.groups.includes(group)) this.groups.push(group)
        if (this.answersRedeem) this.#send(link, { t: 'redeemed', token, group, name })
        return
      }
      case 'hello': {
        const { timeline, epoch, groups, gossip, bundleKeys, expels } = this
        if (expels !== undefined) {
          const refusal = { code: expels, message: 'unknown here', final: true } as const
          return this.#send(link, { t: 'refused', ...refusal })
        }
        const order = { timeline, epoch }
        this.#send(link, {
          t: 'welcome',
          protocol: 1,
          node: message.name,
          ...order,
          groups,
          heartbeatMs: this.heartbeatMs,
          ...(gossip === undefined ? {} : { gossip }),
          ...(bundleKeys === undefined ? {} : { bundleKeys }),
        })
        for (const desire of this.#desires.values())
          if (groups.includes(desire.group)) this.#tell(link, desire)
        return
      }
      case 'report':
        this.seqs.push(message.seq)
        for (const report of message.groups) this.reports.set(report.group, report)
        if (this.records) this.#send(link, { t: 'recorded', seq: message.seq })
        return
      case 'fetch':
        return this.#blobServer.serve(link, message)
      case 'ping':
        return this.isSilent ? undefined : this.#send(link, { t: 'pong', n: message.n })
      default:
    }
  }

  #tell(link: Link, desire: Desire): void {
    const { group, timeline, epoch, committed } = desire
    if (committed === null) return this.#send(link, { t: 'desire', desire })
    const { revision, digest, sizeBytes } = committed
    const statement = { cluster: 'c1', group, timeline, epoch, revision, digest, sizeBytes }
    this.#send(link, { t: 'desire', desire, proof: this.#sign(statement) })
  }

  #send(link: Link, message: CentralMessage): void {
    link.send(encodeCentralMessage(message))
  }
}
