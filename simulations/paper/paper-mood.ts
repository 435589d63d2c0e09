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
  freeze: 4,
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
  [8, 0, 2],
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
  /** Timeouts of policies are so many times longer than the shortest. */
  readonly patience: number
  /** Names that nodes may have: few, so that all of them come to say the same. */
  readonly nodes: number
  /** In so many of eight records most agents do what is wanted of them; one in so many is silent. */
  readonly marches: number
  readonly silentOneIn: number
  /** An agent says no to one in so many wishes to hold something, and to one in so many to run it. */
  readonly refusesOneIn: number
  readonly balksOneIn: number
  /** How far time goes on between two records. */
  readonly stepsMs: readonly number[]
  /** One record in so many hears of a deadline before its time. */
  readonly earlyOneIn: number
}

/** Mostly a moment, at times past every timeout. */
const STEPS_MS = [1, 1, 5, 300, 900, 4_000, 25_000]
/** Timeouts hardly pass: rollouts meet all else that there is. */
const QUICK_STEPS_MS = [1, 1, 5, 20, 300, 900]
/** Little comes between a timeout and the next. */
const SLOW_STEPS_MS = [5, 900, 4_000, 9_000, 25_000]

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
  return {
    requests,
    facts,
    controls: pick(random, CONTROLS),
    strongOneIn: pick(random, [1, 1, 3, 6]),
    patience: pick(random, [1, 1, 3, 10]),
    nodes: pick(random, [1, 2, 2, 3, 3, 3, 4, 4, 5, 7]),
    marches: pick(random, [1, 1, 3]),
    silentOneIn: pick(random, [3, 12]),
    refusesOneIn: pick(random, [4, 12, 30, 100]),
    balksOneIn: pick(random, [2, 3, 12, 30]),
    stepsMs: pick(random, [STEPS_MS, STEPS_MS, QUICK_STEPS_MS, SLOW_STEPS_MS]),
    earlyOneIn: pick(random, [4, 20]),
  }
}

function times<T>(what: T, count: number): T[] {
  return Array.from({ length: count }, () => what)
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const one = list[random.integer(list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
