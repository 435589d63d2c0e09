import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import { BEHAVIOURS, type Deed, type DeedDetail, type DeedKind } from './deed.ts'

export interface DeedPlanOptions {
  readonly kinds: readonly DeedKind[]
  readonly count: number
  readonly withinMs: number
}

/** How often a kind is chosen beside the others that take part. */
const WEIGHTS: Readonly<Record<DeedKind, number>> = {
  change: 12,
  apply: 4,
  'remove-key': 1,
  rollback: 3,
  control: 4,
  cancel: 2,
  freeze: 1,
  drain: 1,
  'remove-node': 1,
  'join-node': 2,
  leave: 1,
  'revoke-token': 1,
  'stop-process': 2,
}

/** Most values are small; one in so many is large enough to travel in chunks. */
const LARGE_ONE_IN = 20
const LARGE_BYTES_MAX = 200_000
/** One value in so many makes processes misbehave. */
const POISON_ONE_IN = 3

/** The deeds of one run, earliest first. Each is drawn from a stream of its own: none moves another. */
export function drawDeeds(
  random: SeededRandom,
  topology: Topology,
  { kinds, count, withinMs }: DeedPlanOptions,
): readonly Deed[] {
  const weighted = kinds.flatMap(kind => Array.from({ length: WEIGHTS[kind] }, () => kind))
  if (weighted.length === 0) return []
  const deeds = Array.from({ length: count }, (_, index): Deed => {
    const own = random.fork(`deed ${index}`)
    const kind = pick(own, weighted)
    const patience = own.fraction() < 0.7 ? 'asks-again' : 'asks-once'
    const atMs = own.integer(withinMs)
    return { id: `d${index + 1}`, atMs, patience, ...drawDetail(own, kind, topology, index) }
  })
  return deeds.toSorted((a, b) => a.atMs - b.atMs)
}

function drawDetail(random: SeededRandom, kind: DeedKind, topology: Topology, index: number): DeedDetail {
  const { groups, nodes } = topology
  const paths = [...new Set(groups.flatMap(group => group.sets))]
  const group = pick(random, groups).name
  const node = pick(random, nodes)
  const forMs = 500 + random.integer(8_000)
  switch (kind) {
    case 'change':
      return {
        kind,
        path: pick(random, paths),
        value: index,
        behave: behave(random, topology),
        sizeBytes: size(random),
      }
    case 'apply':
      return { kind, paths: some(random, paths), value: index }
    case 'remove-key':
      return { kind, path: pick(random, paths) }
    case 'rollback':
      return { kind, group, back: random.integer(4) }
    case 'control':
      return { kind, group, action: pick(random, ['pause', 'resume', 'promote', 'abort', 'retry']) }
    case 'cancel':
      return {
        kind,
        which: random.fraction(),
        mode: pick(random, ['stop-after-current', 'abort-and-observe']),
      }
    case 'freeze':
      return { kind, forMs }
    case 'drain':
    case 'remove-node':
      return { kind, node: node.name }
    case 'join-node':
      return { kind, node: `late-${index}`, groups: some(random, groups).map(({ name }) => name) }
    case 'leave':
      return { kind, node: node.name, forMs }
    case 'revoke-token':
      return { kind, which: random.fraction() }
    case 'stop-process':
      return { kind, process: processOf(random, topology), forMs }
  }
}

function behave(random: SeededRandom, topology: Topology): string {
  if (random.integer(POISON_ONE_IN) > 0) return 'accept'
  const behaviour = pick(random, BEHAVIOURS)
  const [, only = ''] = processOf(random, topology).split('/')
  return random.fraction() < 0.5 || only === '' ? behaviour : `${behaviour}:${only}`
}

function processOf(random: SeededRandom, { nodes }: Topology): string {
  const all = nodes.flatMap(node => node.processes.map(({ name }) => `${node.name}/${name}`))
  return all[random.integer(Math.max(1, all.length))] ?? ''
}

function size(random: SeededRandom): number {
  return random.integer(LARGE_ONE_IN) === 0 ? random.integer(LARGE_BYTES_MAX) : random.integer(100)
}

function some<T>(random: SeededRandom, list: readonly T[]): readonly T[] {
  const chosen = list.filter(() => random.fraction() < 0.5)
  return chosen.length === 0 ? [pick(random, list)] : chosen
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const one = list[random.integer(list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
