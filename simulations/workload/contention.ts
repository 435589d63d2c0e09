import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'

/** What admins do who get in one another's way. Drawn by itself: it came later than the other deeds. */
export type ContentionDetail =
  /** Several changes at once, of which the later ones wait for the locks of the earlier; one may be cancelled there. */
  | {
      readonly kind: 'contend'
      readonly wishes: readonly Wish[]
      /** Which of them is cancelled, so long after it was accepted; past the last one: none. */
      readonly cancels: number
      readonly cancelMs: number
      /** The cluster is frozen in the middle of it; 0: it is not. */
      readonly freezeAfterMs: number
      readonly freezeForMs: number
      /** A group that is tried again just after the freeze. */
      readonly retry: string
      /** Two groups: the first begins to layer what the second does, in the middle of it, and goes back later. */
      readonly relayers: readonly [string, string] | null
      readonly relayersAfterMs: number
    }
  /** Writers who made their inputs from one and the same state hand them in one after the other. */
  | { readonly kind: 'old-write'; readonly writers: number; readonly gapMs: number }
  /** Something out of the ordinary is noticed of a node. */
  | { readonly kind: 'alarm'; readonly node: string }

export interface Wish {
  readonly paths: readonly string[]
  readonly waitMs: number
  /** One of few, so that content comes again. */
  readonly value: number
  readonly behave: 'accept' | 'reject'
  /** It holds to the digest of a plan that was asked for just before. */
  readonly isPlanned: boolean
}

export type ContentionKind = ContentionDetail['kind']
export type Contention = { readonly id: string; readonly atMs: number } & {
  readonly patience: 'asks-again' | 'asks-once'
} & (ContentionDetail | LateRepetition)

/** The same request again, perhaps of the next life of central. */
interface LateRepetition {
  readonly kind: 'twice'
  readonly path: string
  readonly value: number
  readonly gapMs: number
}

const VALUES = 2
const REJECTED_ONE_IN = 4
const PLANNED_ONE_IN = 4
const RELAYERS_ONE_IN = 3

/** Each from a stream of its own, earliest first. */
export function drawContentions(
  random: SeededRandom,
  { groups, nodes, receivers = 0, centrals = 1 }: Topology,
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): readonly Contention[] {
  const paths = [...new Set(groups.flatMap(({ sets }) => sets))]
  const name = (index: number): string => groups[index]?.name ?? ''
  return Array.from({ length: count }, (_, index): Contention => {
    const own = random.fork(`contention ${index}`)
    const at = { id: `c${index + 1}`, atMs: own.integer(withinMs), patience: 'asks-again' as const }
    const share = own.fraction()
    if (share < 0.15)
      return { ...at, kind: 'old-write', writers: 2 + own.integer(3), gapMs: own.integer(4_000) }
    if (share < 0.3) {
      const path = paths[own.integer(paths.length)] ?? ''
      return { ...at, kind: 'twice', path, value: 1_000 + index, gapMs: own.integer(20_000) }
    }
    if (share < 0.55 && receivers > 0)
      return { ...at, kind: 'alarm', node: nodes[own.integer(nodes.length)]?.name ?? '' }
    const wishes = Array.from({ length: 3 + own.integer(3) }, () => drawWish(own, paths, centrals === 1))
    return {
      ...at,
      kind: 'contend',
      wishes,
      cancels: own.integer(wishes.length + 1),
      cancelMs: own.integer(300),
      freezeAfterMs: own.integer(2_500),
      freezeForMs: own.fraction() < 0.5 ? 0 : 500 + own.integer(4_000),
      retry: name(own.integer(groups.length)),
      relayers:
        centrals === 1 && groups.length > 1 && own.integer(RELAYERS_ONE_IN) === 0
          ? [name(own.integer(groups.length)), name(own.integer(groups.length))]
          : null,
      relayersAfterMs: own.integer(600),
    }
  })
}

function drawWish(random: SeededRandom, paths: readonly string[], mayBePlanned: boolean): Wish {
  const some = paths.filter(() => random.fraction() < 0.5)
  return {
    paths: some.length === 0 ? [paths[random.integer(paths.length)] ?? ''] : some,
    waitMs: random.integer(400),
    value: random.integer(VALUES),
    behave: random.integer(REJECTED_ONE_IN) === 0 ? 'reject' : 'accept',
    isPlanned: mayBePlanned && random.integer(PLANNED_ONE_IN) === 0,
  }
}
