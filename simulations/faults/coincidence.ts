import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { NodePlan, Topology } from '../cluster/topology.ts'
import type { Fault } from './fault.ts'

/**
 * Faults of other kinds, timed to meet: what chance alone would hardly bring together.
 *
 * `suspend`: a machine sleeps, its programs stand still and nothing reaches it, about as long as its link tolerates.
 * `overlap`: two sleep, and the one that doubts the other wakes first. `take-over`: a process has a new connection
 * while its agent still holds the old one, and dies. `midway`, `amnesia`: an agent ends just after it activated
 * something, and may not know of it when it is back.
 */
const SHAPES = ['suspend', 'overlap', 'take-over', 'midway', 'amnesia'] as const

export interface CoincidencePlan {
  readonly count: number
  readonly withinMs: number
}

/** Sleep that a link, or a suspicion of gossip, just tolerates or just does not. */
const NAP_MS_MIN = 2_000
const NAP_MS_SPREAD = 10_000
/** Until one that sleeps is doubted, and until that doubt would be a certainty. */
const DOUBT_MS_MIN = 1_500
const DOUBT_MS_SPREAD = 3_000
/** An old connection is held open for so long; the new one is there within a tenth of a second. */
const HELD_MS_MIN = 3_000
const HELD_MS_SPREAD = 3_000
const TAKEN_MS_MIN = 300
const TAKEN_MS_SPREAD = 2_500
/** Processes mostly need a fifth of a second to take what was activated. */
const MIDWAY_MS_SPREAD = 180
const WAIT_MS = 30_000
/** Long enough for admins to want something else meanwhile. */
const AWAY_MS_MIN = 4_000
const AWAY_MS_SPREAD = 16_000

/** The coincidences of one run; each from a stream of its own, as other faults. */
export function drawCoincidences(
  random: SeededRandom,
  topology: Topology,
  { count, withinMs }: CoincidencePlan,
): readonly Fault[] {
  return Array.from({ length: count }, (_, index) => {
    const own = random.fork(`coincidence ${index}`)
    return drawOne(own, `c${index + 1}`, own.integer(withinMs), topology)
  }).flat()
}

function drawOne(random: SeededRandom, id: string, atMs: number, { nodes }: Topology): readonly Fault[] {
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)] as T
  const shape = pick(SHAPES)
  const node = pick(nodes)
  const { name: machine, processes } = node
  switch (shape) {
    case 'suspend':
      return sleep(id, atMs, node, NAP_MS_MIN + random.integer(NAP_MS_SPREAD))
    case 'overlap': {
      const other = pick(nodes)
      const firstMs = DOUBT_MS_MIN + random.integer(DOUBT_MS_SPREAD)
      const napMs = NAP_MS_MIN + random.integer(NAP_MS_SPREAD)
      const first = sleep(`${id}a`, atMs, node, firstMs + napMs + NAP_MS_MIN)
      return other === node ? first : [...first, ...sleep(`${id}b`, atMs + firstMs, other, napMs)]
    }
    case 'take-over': {
      if (processes.length === 0) return []
      const program = `${machine}/${pick(processes).name}`
      const lagMs = HELD_MS_MIN + random.integer(HELD_MS_SPREAD)
      const dyingMs = TAKEN_MS_MIN + random.integer(TAKEN_MS_SPREAD)
      return [
        { id: `${id}a`, atMs, kind: 'cut-connection', program, lagMs, forMs: 0 },
        { id: `${id}b`, atMs: atMs + dyingMs, kind: 'crash', program, downMs: 1 },
      ]
    }
    case 'midway':
    case 'amnesia': {
      const kind = shape === 'midway' ? 'killed-midway' : 'rotten-midway'
      const afterMs = 1 + random.integer(MIDWAY_MS_SPREAD)
      const forMs =
        shape === 'midway' ? 1 + random.integer(NAP_MS_MIN) : AWAY_MS_MIN + random.integer(AWAY_MS_SPREAD)
      return [{ id, atMs, kind, machine, afterMs, waitMs: WAIT_MS, forMs }]
    }
  }
}

/** Nothing on the machine runs, and nothing reaches it. */
function sleep(id: string, atMs: number, { name, processes }: NodePlan, forMs: number): readonly Fault[] {
  const programs = ['agent', ...processes.map(process => process.name)]
  return [
    { id: `${id}.net`, atMs, kind: 'partition', machines: [name], stops: 'both', forMs },
    ...programs.map((what): Fault => ({
      id: `${id}.${what}`,
      atMs,
      kind: 'pause',
      program: `${name}/${what}`,
      forMs,
    })),
  ]
}
