import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Behaviour } from '../cluster/simulated-process.ts'
import { BEHAVIOURS, type Deed, type DeedDetail, type DrawnDeedKind } from './deed.ts'

export interface DeedPlanOptions {
  readonly kinds: readonly DrawnDeedKind[]
  readonly count: number
  readonly withinMs: number
  /** Beside those that are large anyway, one value in so many. */
  readonly largeOneIn?: number
}

/** How often a kind is chosen beside the others that take part. */
const WEIGHTS: Readonly<Record<DrawnDeedKind, number>> = {
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
  race: 3,
  twice: 2,
  'late-token': 1,
  'join-again': 1,
  rejoin: 1,
  'delete-path': 1,
  'delete-group': 1,
  'retry-job': 1,
}

/** Kinds that make a cluster larger, and those that make it smaller: phases of a run favour one or the other. */
const GROWS: ReadonlySet<DrawnDeedKind> = new Set(['change', 'apply', 'join-node', 'rejoin'])
const SHRINKS: ReadonlySet<DrawnDeedKind> = new Set([
  'remove-key',
  'drain',
  'remove-node',
  'leave',
  'delete-path',
  'delete-group',
  'stop-process',
])
const FAVOUR = 4
const PHASES_MAX = 4

/** Most values are small; one in so many is large enough to travel in chunks. */
const LARGE_ONE_IN = 20
const LARGE_BYTES_MAX = 200_000
/** One run in so many has one value of megabytes: more would cost memory and show nothing new. */
const HUGE_ONE_IN = 25
const HUGE_BYTES_MAX = 15 * 1024 * 1024
/** Keys that admins race for: few, so that they meet. */
const RACE_KEYS = 3
/** One value in so many makes processes misbehave. */
const POISON_ONE_IN = 3
/** Of the values that would do no harm one in so many makes processes die again and again. */
const FRAIL_ONE_IN = 6
const FRAIL: readonly Behaviour[] = ['crash-later', 'crash-later', 'crash-loop']

/** The deeds of one run, earliest first. Each is drawn from a stream of its own: none moves another. */
export function drawDeeds(
  random: SeededRandom,
  topology: Topology,
  { kinds, count, withinMs, largeOneIn }: DeedPlanOptions,
): readonly Deed[] {
  if (kinds.length === 0) return []
  const phases = drawPhases(random.fork('phases'), kinds)
  const huge = random.fork('huge')
  const hugeIndex = huge.integer(HUGE_ONE_IN) === 0 ? huge.integer(count) : -1
  const hugeBytes = huge.integer(HUGE_BYTES_MAX)
  const sizeOf = (index: number): number | undefined => {
    if (index === hugeIndex) return hugeBytes
    const large = random.fork(`large ${index}`)
    return largeOneIn !== undefined && large.integer(largeOneIn) === 0
      ? large.integer(LARGE_BYTES_MAX)
      : undefined
  }
  const deeds = Array.from({ length: count }, (_, index): Deed => {
    const own = random.fork(`deed ${index}`)
    const atMs = own.integer(withinMs)
    const kind = pick(own, phases[Math.floor((atMs * phases.length) / withinMs)] ?? kinds)
    const patience = own.fraction() < 0.7 ? 'asks-again' : 'asks-once'
    const detail = mayCrashLater(own.fork('frail'), drawDetail(own, kind, topology, index), topology)
    const sizeBytes = detail.kind === 'change' ? sizeOf(index) : undefined
    return { id: `d${index + 1}`, atMs, patience, ...detail, ...(sizeBytes && { sizeBytes }) }
  })
  return deeds.toSorted((a, b) => a.atMs - b.atMs)
}

/** What admins choose from in each stretch of the run, as often as it is in the list. */
function drawPhases(
  random: SeededRandom,
  kinds: readonly DrawnDeedKind[],
): readonly (readonly DrawnDeedKind[])[] {
  return Array.from({ length: 1 + random.integer(PHASES_MAX) }, () => {
    const favoured = pick(random, [GROWS, SHRINKS, new Set<DrawnDeedKind>()])
    return kinds.flatMap(kind =>
      Array.from({ length: WEIGHTS[kind] * (favoured.has(kind) ? FAVOUR : 1) }, () => kind),
    )
  })
}

function drawDetail(
  random: SeededRandom,
  kind: DrawnDeedKind,
  topology: Topology,
  index: number,
): DeedDetail {
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
    default:
      return drawOddity(random, kind, topology, index)
  }
}

type Oddity =
  | 'race'
  | 'twice'
  | 'late-token'
  | 'join-again'
  | 'rejoin'
  | 'delete-path'
  | 'delete-group'
  | 'retry-job'

function drawOddity(random: SeededRandom, kind: Oddity, topology: Topology, index: number): DeedDetail {
  const { groups, nodes } = topology
  const path = pick(
    random,
    groups.flatMap(({ sets }) => sets),
  )
  const group = pick(random, groups).name
  const node = pick(random, nodes).name
  const forMs = 500 + random.integer(8_000)
  switch (kind) {
    case 'race': {
      const key = `r${random.integer(RACE_KEYS)}`
      return { kind, key, admins: 2 + random.integer(4), gapMs: random.integer(50) }
    }
    case 'twice':
      return { kind, path, value: index, gapMs: random.integer(400) }
    case 'late-token':
      return { kind, node: `tardy-${index}`, group, forMs }
    case 'join-again':
      return { kind, node, group }
    case 'rejoin':
      return { kind, node, forMs }
    case 'delete-path':
      return { kind, path }
    case 'delete-group':
      return { kind, group, forMs }
    case 'retry-job':
      return { kind, which: random.fraction() }
  }
}

function behave(random: SeededRandom, topology: Topology): string {
  if (random.integer(POISON_ONE_IN) > 0) return 'accept'
  return forSomebody(random, pick(random, BEHAVIOURS), topology)
}

/** For all processes, or for those of one name. */
function forSomebody(random: SeededRandom, behaviour: Behaviour, topology: Topology): string {
  const [, only = ''] = processOf(random, topology).split('/')
  return random.fraction() < 0.5 || only === '' ? behaviour : `${behaviour}:${only}`
}

/** Drawn by itself: it came later than the other ways to misbehave, and must not move them. */
function mayCrashLater(random: SeededRandom, detail: DeedDetail, topology: Topology): DeedDetail {
  if (detail.kind !== 'change' || detail.behave !== 'accept' || random.integer(FRAIL_ONE_IN) > 0)
    return detail
  return { ...detail, behave: forSomebody(random, pick(random, FRAIL), topology) }
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
