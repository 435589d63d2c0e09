import type { Evidence, GossipEvidence } from '../membership/judge-liveness.ts'
import type { Sighting } from '../membership/link-membership.ts'

/** What has been seen of one node, for the judge. Times are observed time. */
export class NodeEvidence {
  #welcomedAtMs: number | undefined
  #missingSinceMs: number | undefined
  #farewell: { readonly epoch: number | undefined } | undefined
  #gossip: GossipEvidence | undefined

  welcomed(nowMs: number): void {
    this.#welcomedAtMs = nowMs
    this.#missingSinceMs = undefined
    this.#farewell = undefined
  }

  lost(nowMs: number): void {
    this.#welcomedAtMs = undefined
    this.missed(nowMs)
  }

  saidFarewell(nowMs: number): void {
    this.lost(nowMs)
    this.#farewell = { epoch: this.#gossip?.epoch }
  }

  /** It should be heard and is not; answers since when. */
  missed(nowMs: number): number {
    this.#missingSinceMs ??= nowMs
    return this.#missingSinceMs
  }

  /** Its link is not silent; true when that is news. */
  heardAgain(): boolean {
    const isNews = this.#missingSinceMs !== undefined
    this.#missingSinceMs = undefined
    return isNews
  }

  /** What gossip holds of it now. True when gossip begins to doubt it. */
  sighted(sighting: Sighting | undefined, nowMs: number): boolean {
    const before = this.#gossip
    const isDoubt = sighting !== undefined && sighting.status !== 'alive'
    const wasDoubt = before !== undefined && before.status !== 'alive' && before.epoch === sighting?.epoch
    const doubtedAtMs = wasDoubt ? before.doubtedAtMs : nowMs
    this.#gossip = sighting === undefined ? undefined : { ...sighting, doubtedAtMs }
    return isDoubt && !wasDoubt
  }

  /** All of it, with what the link that is up heard last. */
  seen(link: { readonly heardAtMs: number; readonly isHeld: boolean } | undefined): Evidence {
    // What is said on a link that we do not read from is not heard by our own doing.
    const heardAtMs = link?.isHeld === true ? Infinity : (link?.heardAtMs ?? -Infinity)
    return {
      link: {
        welcomedAtMs: this.#welcomedAtMs,
        heardAtMs,
        missingSinceMs: this.#missingSinceMs,
        farewell: this.#farewell,
      },
      gossip: this.#gossip,
    }
  }
}
