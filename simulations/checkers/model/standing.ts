/** What an agent last said of one group, and whether the journal calls its node offline. */
export interface Standing {
  readonly offline: boolean
  readonly active: number | null
  readonly digest: string | null
  readonly progress: { readonly revision: number; readonly phase: string; readonly reason?: string } | null
}

/** A revision by its number and its content: after a restore the number alone may mean another one. */
export interface Wanted {
  readonly revision: number
  readonly digest: string
}

/** A node that has just joined: it is there, and has said nothing yet. */
export const NEWCOMER: Standing = { offline: false, active: null, digest: null, progress: null }

/** How far a node says it has come with this very content; undefined when it speaks of another, or of none. */
export function phaseOf({ active, digest, progress }: Standing, wanted: Wanted): string | undefined {
  if (progress?.revision !== wanted.revision) return undefined
  const isOther = active === wanted.revision && digest !== null && digest !== wanted.digest
  return isOther ? undefined : progress.phase
}

/** Whether the group has anything to hear when a node's standing goes from one to the other. */
export function isHeard(before: Standing, after: Standing): boolean {
  return (
    before.offline !== after.offline ||
    before.active !== after.active ||
    before.digest !== after.digest ||
    before.progress?.revision !== after.progress?.revision ||
    before.progress?.phase !== after.progress?.phase
  )
}

/** Nodes of a group by how far they are, counted afresh from all of them. */
export interface Tally {
  readonly nodes: number
  readonly live: number
  /** Hold the content, durable and prepared, or have gone further with it. */
  readonly staged: number
  readonly rejected: number
  readonly liveRejected: number
  /** Applied it and are not offline. */
  readonly liveApplied: number
  /** Count for a quorum: those that are not offline, and offline ones that were offered the content. */
  readonly voters: number
}

const HELD = new Set(['staged', 'activated', 'applied'])

/** `fold`: of the record that the rollout began in; in the first one, who only fetched the content was not counted. */
export function tallyOf(standings: Iterable<Standing>, wanted: Wanted, fold: number): Tally {
  const all = [...standings].map(standing => ({ ...standing, phase: phaseOf(standing, wanted) }))
  const count = (keep: (one: (typeof all)[number]) => boolean): number => all.filter(keep).length
  const holds = (phase: string | undefined): boolean => phase !== undefined && HELD.has(phase)
  return {
    nodes: all.length,
    live: count(({ offline }) => !offline),
    staged: count(({ phase }) => holds(phase)),
    rejected: count(({ phase }) => phase === 'rejected'),
    liveRejected: count(({ phase, offline }) => !offline && phase === 'rejected'),
    liveApplied: count(({ phase, offline }) => !offline && phase === 'applied'),
    voters: count(
      ({ phase, offline }) => !offline || (phase !== undefined && (fold > 1 || phase !== 'staging')),
    ),
  }
}
