import { type Duel, duel, type DuelSide } from '../../gossip-lab/duel.ts'
import type { KillRound } from '../../gossip-lab/kill-rounds.ts'
import type { Rate } from '../../gossip-lab/usage.ts'
import type { Bench } from '../bench.ts'
import type { Beside, Figure, Goal } from '../figure.ts'
import { meanOf } from '../quantile.ts'

const KILLS = 20
const IDLE_MS = 60_000

interface Size {
  readonly members: number
  readonly firstMs: readonly [mean: number, p99: number]
  readonly agreementMs: number
  readonly joinMs: number
}

const SIZES: readonly Size[] = [
  { members: 10, firstMs: [5_200, 8_000], agreementMs: 500, joinMs: 1_000 },
  { members: 50, firstMs: [7_300, 10_800], agreementMs: 800, joinMs: 1_500 },
]

export const gossipUdpBench: Bench = {
  name: 'gossip-udp',
  about: `real members, a process each, and as many agents of serf: ${KILLS} kills, traffic, processor`,
  async run(context) {
    const figures: Figure[] = []
    for (const size of SIZES) {
      const options = { members: size.members, kills: KILLS, idleMs: IDLE_MS, preset: 'lan' } as const
      figures.push(...figuresOf(size, await duel(context, options, context.say)))
    }
    return figures
  },
}

function figuresOf(size: Size, { ours, serf }: Duel): Figure[] {
  const time = (what: string, pick: (round: KillRound) => number, goals: Goal[], peer = serf): Figure => ({
    name: `${size.members}: ${what}, mean`,
    unit: 'ms',
    ours: meanOf(ours.rounds.map(pick)),
    ...besideOf(peer, side => meanOf(side.rounds.map(pick))),
    goals: peer === undefined ? goals.filter(({ of }) => of !== 'ratio') : goals,
  })
  const [meanMs, p99Ms] = size.firstMs
  return [
    time('killed → first says dead', round => round.firstMs, [
      { of: 'value', atMost: meanMs },
      { of: 'p99', atMost: p99Ms },
      { of: 'ratio', atMost: 0.9 },
    ]),
    time('then until all say so', round => round.agreementMs, [{ of: 'p99', atMost: size.agreementMs }]),
    time('joins → all see it', round => round.joinMs, [{ of: 'p99', atMost: size.joinMs }], undefined),
    ...idleFigures(size, ours, serf),
    {
      name: `${size.members}: declared dead while alive`,
      unit: 'deaths',
      ours: { value: ours.falseDeaths },
      goals: [{ of: 'value', atMost: 0 }],
      note: `idle and under kills, ${ours.minutes.toFixed(1)} min; serf: ${serf?.falseDeaths ?? 'not there'}`,
    },
  ]
}

function idleFigures({ members }: Size, ours: DuelSide, serf: DuelSide | undefined): Figure[] {
  const { idle } = ours
  if (idle === undefined) return []
  const rate = (what: string, unit: Figure['unit'], pick: (rate: Rate) => number, goals: Goal[]): Figure => ({
    name: `${members}: ${what}, each, idle`,
    unit,
    ours: { value: pick(idle) },
    ...besideOf(serf, side => ({ value: side.idle === undefined ? Number.NaN : pick(side.idle) })),
    goals: serf === undefined ? goals.filter(({ of }) => of !== 'ratio') : goals,
  })
  return [
    rate('datagrams sent', '/s', ({ datagrams }) => datagrams, [{ of: 'value', atMost: 2.2 }]),
    rate('kB sent a second', 'kB', ({ bytes }) => bytes / 1_000, [{ of: 'ratio', atMost: 1 }]),
    rate('of one processor', '%', ({ cpu }) => cpu * 100, [{ of: 'value', atMost: 1 }]),
  ]
}

function besideOf(
  side: DuelSide | undefined,
  measure: (side: DuelSide) => Omit<Beside, 'name'>,
): { readonly beside?: Beside } {
  return side === undefined ? {} : { beside: { name: side.name, ...measure(side) } }
}
