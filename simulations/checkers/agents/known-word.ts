import type { Fields } from './agent-history.ts'
import { isBefore, type RetryCount } from './refusals.ts'

export interface Wanted {
  readonly revision: number
  readonly digest: string
  readonly activate?: boolean
  readonly prepareTimeoutMs?: number
  readonly applyTimeoutMs?: number
}

/** What one life of an agent knows of what central wants of a group: by its own word, or as a peer had kept it. */
export class KnownWord {
  #desire: Fields | undefined
  /** What central counts, by its own word: a peer cannot tell. */
  retries: RetryCount
  /** Since when it wants the candidate that it wants now, in the order of what happened. */
  candidateSince = 0
  /** Timelines of which what is being written may be: one, but while it is written another may begin. */
  #timelines = new Set<number>()

  constructor(retries: RetryCount) {
    this.retries = retries
  }

  get candidate(): Wanted | undefined {
    return this.#wanted('candidate')
  }

  /** Milliseconds that processes have for a revision, or for what is committed; undefined where nothing is said. */
  applyTimeoutMs(revision?: number): number | undefined {
    const { candidate } = this
    if (revision !== undefined && candidate?.revision === revision) return candidate.applyTimeoutMs
    const saidMs = this.#desire?.['applyTimeoutMs']
    return typeof saidMs === 'number' ? saidMs : undefined
  }

  /** Whether that is another candidate than before. */
  hears(desire: Fields, order: number): boolean {
    this.retries = { timeline: Number(desire['timeline']), retry: Number(desire['retry']) }
    return this.#pursues(desire, order)
  }

  /** Revisions that it knew of and that are newer than what it follows. */
  hearsFromPeer({ timeline, epoch, revision, digest }: Fields, order: number): readonly number[] {
    const known = [this.#wanted('committed'), this.candidate].flatMap(one => one?.revision ?? [])
    const before = Number(this.#desire?.['timeline'])
    const peers = { timeline: Number(timeline), revision: Number(revision) }
    const committed = { revision: peers.revision, digest: String(digest) }
    const word = { timeline: peers.timeline, epoch: Number(epoch), committed, candidate: null }
    this.#pursues({ ...this.#desire, ...word }, order)
    return known.filter(last => isBefore(peers, { timeline: before, revision: last }))
  }

  /** The timeline of what was written just now; undefined when it may be one or another. */
  takeTimeline(): number | undefined {
    const [timeline, ...others] = this.#timelines
    this.#timelines = new Set(this.#desire && [Number(this.#desire['timeline'])])
    return others.length === 0 ? timeline : undefined
  }

  #pursues(desire: Fields, order: number): boolean {
    const before = this.candidate
    this.#desire = desire
    this.#timelines.add(Number(desire['timeline']))
    const now = this.candidate
    const isSame = before?.revision === now?.revision && before?.digest === now?.digest
    if (!isSame) this.candidateSince = order
    return !isSame
  }

  #wanted(which: 'candidate' | 'committed'): Wanted | undefined {
    return (this.#desire?.[which] ?? undefined) as unknown as Wanted | undefined
  }
}
