import type { AskedRound } from './asked-round.ts'
import { type RetryCount, Refusals } from './refusals.ts'

/** What is known of one group on one machine over all lives of its agent, until its disk is emptied. */
export class GroupPast {
  /** Activations that everybody who was asked has taken, or that nobody is asked about. */
  readonly complete = new Set<number>()
  /** Activations that some life of the agent began at central's word. */
  readonly begun = new Map<number, number>()
  /** Of each activation number: what it names. */
  readonly #contents = new Map<number, string>()
  /** Rounds that may be why a revision was turned down. */
  readonly #rounds = new Map<number, AskedRound[]>()
  /** Revisions that instances died of, three of one process within half a minute. */
  readonly loops = new Set<number>()
  /** What was turned down: it is not run again before an admin asks for that. */
  readonly refused = new Refusals()
  /** What central had counted when something was written down last: a later life begins with it. */
  retries: RetryCount = { timeline: 0, retry: 0 }
  /** Revisions that were applied, the newest first: what a restart or a way back serves. */
  goods: readonly number[] = []
  /** What the agent may not fall back to. */
  readonly quarantined = new Set<number>()
  /** Who was pinned by the last activation, while nothing was decided about it; a lost state does not tell for what. */
  pinned: { readonly revision: number | undefined; readonly debts: ReadonlyMap<string, number> } | undefined
  /** The highest activation that a process was told to be active. */
  served = 0
  readonly fellBackAt = new Map<number, boolean>()

  /** Answers what the number named before, if that was something else. */
  names(activation: number, revision: number, digest: string): string | undefined {
    if (activation === 0) return undefined
    const content = `${revision} ${digest}`
    const known = this.#contents.get(activation) ?? content
    this.#contents.set(activation, known)
    return known === content ? undefined : known
  }

  asks(round: AskedRound): void {
    this.#rounds.set(round.revision, [...(this.#rounds.get(round.revision) ?? []), round])
  }

  explains(revision: number, reason: string): boolean {
    if (reason.startsWith('cannot be fetched: ')) return true
    if (reason === 'crash-loop') return this.loops.has(revision)
    return (this.#rounds.get(revision) ?? []).some(round => round.explains(reason))
  }

  /** It was applied here: the newest good one, and the one before it. */
  applied(revision: number): void {
    if (this.goods[0] !== revision) this.goods = [revision, ...this.goods].slice(0, 2)
  }

  /** The node belongs to the group anew, or not any more: nothing that was held counts. */
  forget(): void {
    this.goods = []
    this.refused.clear()
    this.quarantined.clear()
    this.pinned = undefined
    // Numbers go on, so the last one still stands beside what is told: of nothing.
    this.fellBackAt.clear()
  }
}
