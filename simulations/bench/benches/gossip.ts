import {
  type DetectionRow,
  type DetectionRun,
  summariseDetection,
} from '../../../runtime/gossip/simulation/detection-table.ts'
import type { Experiment } from '../../../runtime/gossip/simulation/experiment.ts'
import {
  GRID,
  gridPoints,
  type LifeguardRow,
  summariseGrid,
} from '../../../runtime/gossip/simulation/lifeguard-table.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { runExperiments } from '../programs/run-experiments.ts'
import { detectionFigures, gridFigures } from './gossip-figures.ts'

/** Seeds for each size: fewer where one run takes long, which makes its 99th percentile no more than its worst. */
const SIZES: readonly (readonly [members: number, seeds: number])[] = [
  [10, 1_000],
  [100, 1_000],
  [1_000, 100],
]
const LARGE: readonly [members: number, seeds: number] = [10_000, 20]
const LOSSY_MEMBERS = 100
const LOSSY_HOURS = 100

export const gossipBench: Bench = {
  name: 'gossip',
  about: 'membership on virtual time: detection, spread and load of 10, 100 and 1,000 members',
  async run(context) {
    const figures: Figure[] = []
    for (const [members, seeds] of SIZES) figures.push(...(await measureSize(context, members, seeds)))
    return figures
  },
}

export const gossipStallsBench: Bench = {
  name: 'gossip-stalls',
  about: 'members that stand still, by the grid of the Lifeguard paper, on virtual time',
  async run(context) {
    const swim = await measureMode(context, 'swim')
    const lifeguard = await measureMode(context, 'lifeguard')
    return gridFigures(swim, lifeguard, await measureMode(context, 'lan'))
  },
}

export const gossipLossBench: Bench = {
  name: 'gossip-loss',
  about: '10,000 node-hours of virtual time with one datagram of twenty lost',
  run: async context => [await measureLoss(context, 0.05, 0)],
}

export const gossipLargeBench: Bench = {
  name: 'gossip-large',
  about: 'the same with 10,000 members, and with a quarter of all datagrams lost: about half an hour',
  isOnlyByName: true,
  run: async context => [...(await measureSize(context, ...LARGE)), await measureLoss(context, 0.25, 1)],
}

/** Seeds that no parameter was chosen by: their series is the benchmark's own. */
async function measureSize(context: BenchContext, members: number, seeds: number): Promise<Figure[]> {
  const measure = async (protocol: string): Promise<DetectionRow> => {
    const experiments = Array.from({ length: seeds }, (_, run): Experiment => {
      return { kind: 'detection', protocol, members, seed: `bench/${members}/${run}` }
    })
    const results = await runExperiments(context, `${members} members, ${protocol}`, experiments)
    const runs = results.filter((result): result is DetectionRun => 'crash' in result)
    return summariseDetection(protocol, members, runs)
  }
  const peer = await measure('memberlist')
  const [lan, safe, fast] = [await measure('lan'), await measure('safe'), await measure('fast')]
  return detectionFigures({ lan, safe, fast }, peer)
}

async function measureMode(context: BenchContext, protocol: string): Promise<LifeguardRow> {
  const experiments = gridPoints(GRID).map((point): Experiment => ({ kind: 'stalls', protocol, ...point }))
  const results = await runExperiments(context, `stalls, ${protocol}`, experiments)
  return summariseGrid(
    protocol,
    results.flatMap(result => ('bytes' in result ? [result] : [])),
  )
}

async function measureLoss(context: BenchContext, loss: number, deathsMax: number): Promise<Figure> {
  const experiments = Array.from({ length: LOSSY_HOURS }, (_, run): Experiment => {
    const seed = `bench/loss ${loss}/${run}`
    return { kind: 'lossy', protocol: 'lan', members: LOSSY_MEMBERS, hours: 1, loss, seed }
  })
  const results = await runExperiments(context, `${100 * loss} % loss`, experiments)
  const runs = results.flatMap(result => ('nodeHours' in result ? [result] : []))
  const nodeHours = runs.reduce((sum, run) => sum + run.nodeHours, 0)
  const suspicions = runs.reduce((sum, run) => sum + run.suspicions, 0)
  return {
    name: `false deaths in ${nodeHours.toLocaleString('en')} node-hours, ${100 * loss} % loss, lan`,
    unit: 'deaths',
    ours: { value: runs.reduce((sum, run) => sum + run.falseDeaths, 0) },
    goals: [{ of: 'value', atMost: deathsMax }],
    note: `each member called another suspect ${(suspicions / nodeHours).toFixed(2)} times an hour, and was refuted`,
  }
}
