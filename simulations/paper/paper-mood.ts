import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'

/** How often each request of people is chosen beside the others. */
const REQUESTS = {
  edit: 12,
  delete: 3,
  control: 9,
  cancel: 3,
  'roll-back': 6,
  declare: 4,
  retry: 3,
  freeze: 3,
  'lose-node': 3,
  'delete-group': 1,
  rejoin: 2,
} as const

type PaperRequest = keyof typeof REQUESTS
type PaperFact = 'obey' | 'report' | 'liveness'

/** How much more often a play chooses a kind than others do: an even mix hardly ever reaches what is rare. */
const FAVOURS = [0, 1, 1, 4] as const
/** Agents that obey, that say anything, and nodes that come and go, of ten facts. */
const FACTS = [
  [5, 3, 2],
  [8, 1, 1],
  [4, 1, 5],
  [3, 6, 1],
] as const

/** What admins do to rollouts: some only hold them up, some only end them. */
const CONTROLS = [
  ['pause', 'resume'],
  ['abort'],
  ['pause', 'pause', 'resume', 'resume', 'promote', 'abort'],
] as const

/** What one play is about. A kind that is in a list twice is chosen twice as often. */
export interface PaperMood {
  readonly requests: readonly PaperRequest[]
  readonly facts: readonly PaperFact[]
  readonly controls: readonly string[]
  /** One group in so many is `strong`. */
  readonly strongOneIn: number
}

export function drawMood(random: SeededRandom): PaperMood {
  const kinds = Object.keys(REQUESTS) as readonly PaperRequest[]
  const requests = kinds.flatMap(kind => {
    const favour = pick(random, FAVOURS)
    // Without a change nothing is ever rolled out.
    return times(kind, REQUESTS[kind] * (kind === 'edit' ? Math.max(1, favour) : favour))
  })
  const [obey, report, liveness] = pick(random, FACTS)
  const facts: readonly PaperFact[] = [
    ...times('obey' as const, obey),
    ...times('report' as const, report),
    ...times('liveness' as const, liveness),
  ]
  return { requests, facts, controls: pick(random, CONTROLS), strongOneIn: pick(random, [1, 3, 3, 6]) }
}

function times<T>(what: T, count: number): T[] {
  return Array.from({ length: count }, () => what)
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const one = list[random.integer(list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
