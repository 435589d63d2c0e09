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
    }
  /** Writers who made their inputs from one and the same state hand them in one after the other. */
  | { readonly kind: 'old-write'; readonly writers: number; readonly gapMs: number }

export interface Wish {
  readonly paths: readonly string[]
  readonly waitMs: number
  /** One of few, so that content comes again. */
  readonly value: number
  readonly behave: 'accept' | 'reject'
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

/** Each from a stream of its own, earliest first. */
export function drawContentions(
  random: SeededRandom,
  { groups }: Topology,
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): readonly Contention[] {
  const paths = [...new Set(groups.flatMap(({ sets }) => sets))]
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
    const wishes = Array.from({ length: 3 + own.integer(3) }, () => drawWish(own, paths))
    return {
      ...at,
      kind: 'contend',
      wishes,
      cancels: own.integer(wishes.length + 1),
      cancelMs: own.integer(300),
      freezeAfterMs: own.integer(2_500),
      freezeForMs: own.fraction() < 0.5 ? 0 : 500 + own.integer(4_000),
      retry: groups[own.integer(groups.length)]?.name ?? '',
    }
  })
}

function drawWish(random: SeededRandom, paths: readonly string[]): Wish {
  const some = paths.filter(() => random.fraction() < 0.5)
  return {
    paths: some.length === 0 ? [paths[random.integer(paths.length)] ?? ''] : some,
    waitMs: random.integer(400),
    value: random.integer(VALUES),
    behave: random.integer(REJECTED_ONE_IN) === 0 ? 'reject' : 'accept',
  }
}
