import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { CancelTimer, Clock } from '../../runtime/ports/clock.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { type CommittedProof, compareGenerations } from '../store/group-record.ts'
import { type AskOptions, askForBundle, askForProof } from './ask-peer.ts'
import { draw } from './draw.ts'
import {
  ASK_AFTER_MS,
  ASK_EVERY_MS,
  ASK_JITTER_FRACTION,
  PEERS_ASKED_MAX,
  PEERS_TRIED_MAX,
} from './peer-limits.ts'
import type { PeerNetwork } from './peer-network.ts'
import type { GroupKey } from './peer-question.ts'
import { type PeerStats, PeerTally } from './peer-tally.ts'
import { type PeerService, createPeerService } from './serve-peers.ts'
import { type WantedBundle, WantedBundles } from './wanted-bundles.ts'

export interface PeerLastGoodOptions {
  readonly network: PeerNetwork
  /** The groups that this node belongs to, with their keys. */
  readonly groupKeys: () => readonly GroupKey[]
  /** The proof of what a group committed, as it is on disk. */
  readonly proofOf: (group: string) => CommittedProof | undefined
  /** Takes a proof as central's word; whether it is followed. Rejects when it is not central's, or too old. */
  readonly take: (group: string, proof: CommittedProof) => Promise<boolean>
  readonly readBundle: (digest: Digest) => Promise<Uint8Array | undefined>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly askAfterMs?: number
  readonly askEveryMs?: number
}

interface Offer {
  readonly peer: string
  readonly proof: CommittedProof
}

/**
 * Last-good from peers: while central is away this node asks members of its groups what central has committed, and for
 * bundles that it lacks. It believes central's signature and the digest, never the peer. The other half, `answer`, is
 * what it gives to peers that ask, whether central is there or not.
 */
export class PeerLastGood {
  readonly #options: PeerLastGoodOptions
  readonly #tally = new PeerTally()
  readonly #service: PeerService
  readonly #wanted: WantedBundles
  /** Who has shown a proof of this bundle: the first to be asked for it. */
  readonly #holders = new Map<Digest, readonly string[]>()
  /** Counts the losses of the link: what began before the last one, or before it was back, is out of date. */
  #absence = 0
  #isAway = false
  #isDue = false
  #isOver = false
  #cancel: CancelTimer = () => {}

  constructor(options: PeerLastGoodOptions) {
    this.#options = options
    this.#service = createPeerService(options)
    this.#wanted = new WantedBundles((wanted, goesOn) => this.#tryPeers(wanted, goesOn))
  }

  get stats(): PeerStats {
    return { ...this.#tally.counts, refused: { ...this.#tally.refused }, ...this.#service.stats }
  }

  /** Answers what a peer asks. */
  answer(payload: Uint8Array): AsyncIterable<Uint8Array> {
    return this.#service.answer(payload)
  }

  /** The link to central is down, or was not there yet. */
  linkDown(): void {
    if (this.#isAway || this.#isOver) return
    this.#isAway = true
    this.#absence++
    this.#later(this.#options.askAfterMs ?? ASK_AFTER_MS)
  }

  linkUp(): void {
    if (this.#isDue) this.#options.logger.info({ ...this.stats }, 'central is back; what peers did meanwhile')
    this.#isAway = false
    this.#isDue = false
    this.#holders.clear()
    this.#cancel()
  }

  stop(): void {
    this.#isOver = true
    this.#cancel()
  }

  /**
   * The bytes of a generation from central, or from a peer while central is away: whoever gives them first. A peer's
   * bytes have the digest, so it does not matter from whom they are. `forget` is called when central need not give
   * them any more.
   */
  async fetch(wanted: WantedBundle, central: Promise<Uint8Array>, forget: () => void): Promise<Uint8Array> {
    const first = this.#wanted.first(wanted, central)
    if (this.#isDue) this.#wanted.tryNew(this.#whileAway())
    const { bytes, isFromPeer } = await first
    if (isFromPeer) {
      // Being stopped is all that can become of it.
      central.catch(() => undefined)
      forget()
    }
    return bytes
  }

  #later(ms: number): void {
    const { clock, random } = this.#options
    this.#cancel()
    const delayMs = ms * (1 + ASK_JITTER_FRACTION * random.fraction())
    this.#cancel = clock.startTimer(delayMs, () => void this.#round())
  }

  /** True until the link is back; for the absence of this moment only. */
  #whileAway(): () => boolean {
    const absence = this.#absence
    return () => this.#isAway && !this.#isOver && this.#absence === absence
  }

  async #round(): Promise<void> {
    const goesOn = this.#whileAway()
    if (!goesOn()) return
    this.#isDue = true
    this.#holders.clear()
    for (const groupKey of this.#options.groupKeys()) {
      if (!goesOn()) return
      await this.#askAbout(groupKey, goesOn)
    }
    if (!goesOn()) return
    this.#wanted.tryAll(goesOn)
    this.#later(this.#options.askEveryMs ?? ASK_EVERY_MS)
  }

  async #askAbout(groupKey: GroupKey, goesOn: () => boolean): Promise<void> {
    const { network, random } = this.#options
    const peers = draw(network.peersOf(groupKey.key), PEERS_ASKED_MAX, random)
    const offers = await Promise.all(peers.map(peer => this.#askOne(groupKey, peer)))
    const newestFirst = offers.filter(offer => offer !== undefined).toSorted(byNewest)
    for (const { peer, proof } of newestFirst) {
      const { digest } = proof
      this.#holders.set(digest, [...(this.#holders.get(digest) ?? []), peer].slice(-PEERS_TRIED_MAX))
    }
    for (const offer of newestFirst) {
      if (!goesOn()) return
      // One that holds leaves nothing for those that are older; one that does not is the fault of its peer alone.
      if (await this.#take(groupKey.group, offer)) return
    }
  }

  async #askOne(groupKey: GroupKey, peer: string): Promise<Offer | undefined> {
    this.#tally.counts.asked++
    try {
      const proof = await askForProof(this.#askOptions(groupKey, peer))
      if (proof === undefined) return undefined
      this.#tally.counts.answered++
      return { peer, proof }
    } catch (error) {
      this.#refuse(error, groupKey.group, peer)
      return undefined
    }
  }

  /** Whether central's word was verified, be it new or not. */
  async #take(group: string, { peer, proof }: Offer): Promise<boolean> {
    const { logger, take } = this.#options
    try {
      if (await take(group, proof)) {
        this.#tally.counts.taken++
        const { timeline, epoch, revision, digest } = proof
        const fields = { group, timeline, epoch, revision, digest, peer }
        logger.info(fields, 'central is away: follows what a peer has its signature for')
      }
      return true
    } catch (error) {
      this.#refuse(error, group, peer)
      return false
    }
  }

  async #tryPeers(
    { group, generation }: WantedBundle,
    goesOn: () => boolean,
  ): Promise<Uint8Array | undefined> {
    const { network, random, groupKeys, logger } = this.#options
    const groupKey = groupKeys().find(one => one.group === group)
    if (groupKey === undefined) return undefined
    const { digest, revision } = generation
    const holders = this.#holders.get(digest) ?? []
    const others = draw(network.peersOf(groupKey.key), PEERS_TRIED_MAX, random)
    const peers = [...new Set([...draw(holders, PEERS_TRIED_MAX, random), ...others])]
    for (const peer of peers.slice(0, PEERS_TRIED_MAX)) {
      if (!goesOn()) return undefined
      try {
        const bytes = await askForBundle(this.#askOptions(groupKey, peer), generation, goesOn)
        if (bytes === undefined) continue
        this.#tally.counts.fetched++
        logger.info({ group, revision, digest, peer }, 'got a bundle from a peer')
        return bytes
      } catch (error) {
        this.#refuse(error, group, peer)
      }
    }
    return undefined
  }

  #askOptions(groupKey: GroupKey, peer: string): AskOptions {
    const { network, random } = this.#options
    return { network, random, peer, groupKey }
  }

  /** Peers may be broken, old or hostile: each costs its try. What is no coded error is a defect of our own. */
  #refuse(error: unknown, group: string, peer: string): void {
    const { logger } = this.#options
    const code = this.#tally.refuse(error)
    if (isKonorError(error)) logger.warn({ code, group, peer, reason: error.message }, 'a peer was of no use')
    else logger.error({ err: error, group, peer }, 'asking a peer failed')
  }
}

function byNewest({ proof: one }: Offer, { proof: other }: Offer): number {
  return compareGenerations(other, one) || other.epoch - one.epoch
}
