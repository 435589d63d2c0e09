import type { FaultProfile } from '../../runtime/rehearsals/rehearsal-spec.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'

/** What goes wrong in a rehearsal, decided before the run begins. */
export type Mishap = { readonly atMs: number } & (
  | { readonly kind: 'node-lost'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'agent-restart'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'process-crash'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'slow-node'; readonly node: string; readonly times: number; readonly forMs: number }
  | { readonly kind: 'partition'; readonly nodes: readonly string[]; readonly forMs: number }
  | { readonly kind: 'central-crash'; readonly forMs: number }
)
export type MishapKind = Mishap['kind']

/** Every kind, in the order in which a swarm draws whether it takes part. New ones go to the end. */
export const MISHAP_KINDS = [
  'node-lost',
  'agent-restart',
  'process-crash',
  'slow-node',
  'partition',
  'central-crash',
] as const satisfies readonly MishapKind[]

interface Weather {
  readonly kinds: readonly MishapKind[]
  /** Mishaps for each hundred nodes, and the least of a run. */
  readonly perHundred: number
  readonly least: number
}

const LIGHT: Weather = { kinds: ['node-lost', 'agent-restart', 'process-crash'], perHundred: 1, least: 1 }
const HEAVY: Weather = { kinds: MISHAP_KINDS, perHundred: 6, least: 4 }
/**
 * When something goes wrong is drawn evenly over the orders of magnitude: a rollout decides most in its first
 * milliseconds, and waits for its last node for minutes.
 */
const AT_MS_MAX = 120_000
const FOR_MS = 15_000
const CENTRAL_DOWN_MS = 3_000

/** The mishaps of one run, earliest first. Each is drawn from a stream of its own: none moves another. */
export function drawMishaps(
  random: SeededRandom,
  profile: FaultProfile,
  nodes: readonly string[],
): readonly Mishap[] {
  const { kinds, perHundred, least } = weatherOf(random.fork('weather'), profile)
  if (kinds.length === 0 || nodes.length === 0) return []
  const count = Math.max(least, Math.round((nodes.length * perHundred) / 100))
  const mishaps = Array.from({ length: count }, (_, index) =>
    draw(random.fork(`mishap ${index}`), kinds, nodes),
  )
  return mishaps.toSorted((a, b) => a.atMs - b.atMs)
}

/** A mishap as a story tells it. */
export function describeMishap(mishap: Mishap): string {
  const seconds = `${(mishap.forMs / 1_000).toFixed(1)} s`
  switch (mishap.kind) {
    case 'node-lost':
      return `${mishap.node} loses power for ${seconds}`
    case 'agent-restart':
      return `the agent of ${mishap.node} crashes and is back in ${seconds}`
    case 'process-crash':
      return `the processes of ${mishap.node} crash and are back in ${seconds}`
    case 'slow-node':
      return `${mishap.node} is ${mishap.times} times slower for ${seconds}`
    case 'partition':
      return `${namesOf(mishap.nodes)} cannot reach central for ${seconds}`
    case 'central-crash':
      return `central crashes and is back in ${seconds}`
  }
}

/**
 * Uniform mixes never reach the extremes (Groce et al., Swarm Testing, ISSTA 2012): a swarm leaves kinds out.
 */
function weatherOf(random: SeededRandom, profile: FaultProfile): Weather {
  switch (profile) {
    case 'none':
      return { kinds: [], perHundred: 0, least: 0 }
    case 'light':
      return LIGHT
    case 'heavy':
      return HEAVY
    case 'swarm':
      return {
        kinds: MISHAP_KINDS.filter(() => random.fraction() < 0.5),
        perHundred: random.integer(20),
        least: random.integer(10),
      }
  }
}

function draw(random: SeededRandom, kinds: readonly MishapKind[], nodes: readonly string[]): Mishap {
  const kind = pick(random, kinds)
  const atMs = Math.floor(AT_MS_MAX ** random.fraction())
  const node = pick(random, nodes)
  const forMs = around(random, FOR_MS, FOR_MS * 20)
  switch (kind) {
    case 'agent-restart':
    case 'process-crash':
      return { kind, atMs, node, forMs: around(random, 1_000, 30_000) }
    case 'node-lost':
      return { kind, atMs, node, forMs }
    case 'slow-node':
      return { kind, atMs, node, times: 2 + random.integer(30), forMs }
    case 'partition': {
      // From a single rack to half of all.
      const share = 0.02 + random.fraction() * random.fraction() * 0.5
      const some = nodes.filter(() => random.fraction() < share)
      return { kind, atMs, nodes: some.length === 0 ? [node] : some, forMs }
    }
    case 'central-crash':
      return { kind, atMs, forMs: around(random, CENTRAL_DOWN_MS, CENTRAL_DOWN_MS * 10) }
  }
}

/** Whole milliseconds, exponential with that mean, at least one. */
export function around(random: SeededRandom, meanMs: number, mostMs: number): number {
  return Math.min(mostMs, 1 + Math.floor(-Math.log(1 - random.fraction()) * meanMs))
}

/** `n1, n2, n3 and 7 more`. */
export function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const one = list[random.integer(list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
