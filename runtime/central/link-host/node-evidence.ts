import type { Evidence, GossipEvidence } from '../membership/judge-liveness.ts'
import type { Sighting } from '../membership/link-membership.ts'

/** What has been seen of one node, for the judge. Times are observed time. */
export class NodeEvidence {
  #welcomedAtMs: number | undefined
  #missingSinceMs: number | undefined
  /** Of the link that was lost last. */
  #heardAtMs = -Infinity
  #farewell: { readonly epoch: number | undefined } | undefined
  #gossip: GossipEvidence | undefined

  welcomed(nowMs: number): void {
    this.#welcomedAtMs = nowMs
    this.#missingSinceMs = undefined
    this.#farewell = undefined
  }

  /** @param heardAtMs when something was heard last on the link that ended. */
  lost(nowMs: number, heardAtMs: number): void {
    this.#welcomedAtMs = undefined
    this.#heardAtMs = heardAtMs
    this.missed(nowMs)
  }

  saidFarewell(nowMs: number): void {
    this.lost(nowMs, nowMs)
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

  /**
   * All of it, with what the link that is up heard last.
   *
   * @param isReturning gossip hears it again, and tells so only when it has been well for a while: no word of death.
   */
  seen(
    link: { readonly heardAtMs: number; readonly isHeld: boolean } | undefined,
    isReturning: boolean,
  ): Evidence {
    // What is said on a link that we do not read from is not heard by our own doing.
    const heardAtMs = link?.isHeld === true ? Infinity : (link?.heardAtMs ?? this.#heardAtMs)
    const gossip = this.#gossip
    return {
      link: {
        welcomedAtMs: this.#welcomedAtMs,
        heardAtMs,
        missingSinceMs: this.#missingSinceMs,
        farewell: this.#farewell,
      },
      gossip: gossip?.status === 'dead' && isReturning ? { ...gossip, status: 'suspect' } : gossip,
    }
  }
}
