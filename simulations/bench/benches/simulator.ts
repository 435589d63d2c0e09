import { buildBaseCluster } from '../../rehearsal/base-cluster.ts'
import { rehearse } from '../../rehearsal/rehearse.ts'
import { simulate, type SimulationResult } from '../../run/simulate.ts'
import { optionsOfSeed, type SimulationOptions } from '../../run/simulation-options.ts'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'

/** One central, 50 agents, 100 processes, an hour; a change every three minutes, ten faults. */
const LARGE: Partial<SimulationOptions> = {
  centrals: 1,
  nodes: 50,
  groups: 2,
  processes: 2,
  stormMs: 3_600_000,
  faults: ['crash', 'pause', 'partition'],
  faultCount: 10,
  deeds: ['change'],
  deedCount: 20,
  gossip: 'off',
  gossipFaultCount: 0,
  lost: 0,
  checkpointRecords: 1_000,
}
const LARGE_SEED = 5
const STANDARD_SEEDS = 100
const MANY_NODES = 10_000

export const simulatorBench: Bench = {
  name: 'simulator',
  about:
    'runs of the whole cluster on virtual time, and a rehearsal with 10,000 nodes; processor time, one core',
  async run(context) {
    const figures: Figure[] = []
    for (const gossip of ['off', 'lan'] as const) {
      context.say(`an hour of 50 agents, gossip ${gossip}`)
      figures.push(...(await measureLarge(gossip)))
    }
    context.say(`seeds 1 to ${STANDARD_SEEDS}`)
    figures.push(await measureSeeds())
    context.say(`${MANY_NODES} nodes`)
    return [...figures, await measureRehearsal()]
  },
}

async function measureLarge(gossip: 'off' | 'lan'): Promise<Figure[]> {
  const options = optionsOfSeed(LARGE_SEED, { ...LARGE, gossip })
  const { value, cpuMs } = await timed(() => simulate(options))
  // Fifty members that begin at once break a bound of the checkers that is meant for few: it is told beside the figure.
  if (gossip === 'off') mustBeGood(value)
  const [violation] = value.violations
  const complaint = violation === undefined ? '' : `; promise ${violation.promise}: ${violation.what}`
  const what = `50 agents, 100 processes, an hour, ${gossip === 'off' ? 'without gossip' : 'with gossip'}`
  return [
    {
      name: `${what}: faster than real time`,
      unit: '×',
      ours: { value: value.virtualMs / cpuMs },
      goals: gossip === 'off' ? [{ of: 'value', atLeast: 1_000 }] : [],
    },
    {
      name: `${what}: events`,
      unit: '/s',
      ours: { value: (value.events / cpuMs) * 1_000 },
      goals: [{ of: 'value', atLeast: 50_000 }],
      note: `${value.events} events, ${value.commits} commits; begin, checkers and all in the time${complaint}`,
    },
  ]
}

async function measureSeeds(): Promise<Figure> {
  const seeds = Array.from({ length: STANDARD_SEEDS }, (_, index) => index + 1)
  const { cpuMs } = await timed(async () => {
    for (const seed of seeds) mustBeGood(await simulate(optionsOfSeed(seed)))
  })
  return {
    name: 'a seed of the standard mix',
    unit: 'ms',
    ours: { value: cpuMs / STANDARD_SEEDS },
    // Two cores and five minutes for 1,000 of them.
    goals: [{ of: 'value', atMost: 600 }],
    note: `the mean of seeds 1 to ${STANDARD_SEEDS}`,
  }
}

async function measureRehearsal(): Promise<Figure> {
  const nodes = Array.from({ length: MANY_NODES }, (_, index) => `n${index + 1}`)
  const topology = {
    policies: [{ name: 'careful', uses: 'eventual', with: {} }],
    groups: [{ name: 'web', sets: ['/web'], policy: 'careful' }],
    nodes: nodes.map(name => ({ name, liveness: 'alive' as const, groups: { web: 1 } })),
  }
  const change = { policies: [], groups: [], paths: ['/web'] }
  const times = { slowP99Ms: 500, horizonMs: 3_600_000 }
  const base = await buildBaseCluster(topology)
  const { value, cpuMs } = await timed(() =>
    rehearse(base, { topology, change, faults: 'none', rejectShare: 0, ...times }, 1),
  )
  if (value.end !== 'committed') throw new Error(`the rollout ended as ${value.end}`)
  return {
    name: `eventual to ${MANY_NODES} nodes`,
    unit: 'ms',
    ours: { value: cpuMs },
    goals: [{ of: 'value', atMost: 60_000 }],
  }
}

/** A run that broke a promise, or showed nothing, says nothing about speed. */
function mustBeGood({ violations: [violation], commits }: SimulationResult): void {
  if (violation !== undefined) throw new Error(`promise ${violation.promise}: ${violation.what}`)
  if (commits === 0) throw new Error('nothing was committed')
}

/** Processor time of this thread and its collector: other programs on the machine cost nothing of it. */
async function timed<T>(work: () => Promise<T>): Promise<{ value: T; cpuMs: number }> {
  const before = process.cpuUsage()
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { value, cpuMs: (user + system) / 1_000 }
}
