import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { GroupPlan, NodePlan, Topology } from '../cluster/topology.ts'
import type { SimulationOptions } from './simulation-options.ts'

const GROUP_NAMES = ['web', 'ledger', 'mail', 'search'] as const
/** One process in so many runs twice on its node. */
const COPIES_ONE_IN = 4
/** One path that several groups may share. */
const SHARED = '/shared'

/**
 * The cluster of a run: groups of both policies with impatient timeouts, nodes in some of them, processes of
 * each.
 */
export function drawTopology(random: SeededRandom, options: SimulationOptions): Topology {
  const groups = GROUP_NAMES.slice(0, options.groups).map((name, index) =>
    drawGroup(random.fork(name), name, index, options.haste),
  )
  const nodes = Array.from({ length: options.nodes }, (_, index) =>
    drawNode(random.fork(`node ${index}`), `n${index + 1}`, groups, options.processes),
  )
  const { gossip, checkpointRecords, centrals, log, receivers } = options
  const drawn = { groups, nodes, centrals, log, checkpointRecords }
  return { ...drawn, ...(centrals === 1 ? { receivers } : {}), ...(gossip === 'off' ? {} : { gossip }) }
}

function drawGroup(random: SeededRandom, name: string, index: number, haste: number): GroupPlan {
  const sets = random.fraction() < 0.5 ? [SHARED, `/${name}`] : [`/${name}`]
  const seconds = (least: number, spread: number): string =>
    `${Math.max(1, Math.round((least + random.integer(spread)) / haste))}s`
  const common = { prepareTimeout: seconds(2, 10), applyTimeout: seconds(4, 20) }
  if (random.fraction() < 0.5 === (index % 2 === 0)) {
    const quorum = pick(random, ['majority', '100%', '60%'])
    return {
      name,
      sets,
      policy: { uses: 'eventual', with: { ...common, quorum, progressTimeout: seconds(20, 60) } },
    }
  }
  const onApplyFailure = pick(random, ['rollback', 'hold'])
  const timeouts = { stageTimeout: seconds(15, 40), settleTimeout: seconds(15, 40) }
  return { name, sets, policy: { uses: 'strong', with: { ...common, ...timeouts, onApplyFailure } } }
}

function drawNode(
  random: SeededRandom,
  name: string,
  groups: readonly GroupPlan[],
  processes: number,
): NodePlan {
  const chosen = groups.filter((_, index) => index === 0 || random.fraction() < 0.7).map(group => group.name)
  const letters = ['a', 'b', 'c', 'd']
  const plans = letters.slice(0, processes).map(letter => ({ name: letter, group: pick(random, chosen) }))
  const copies = random.fork('copies')
  const beside = plans.filter(() => copies.integer(COPIES_ONE_IN) === 0)
  return {
    name,
    groups: chosen,
    processes: [...plans, ...beside.map(plan => ({ ...plan, name: `${plan.name}2`, process: plan.name }))],
  }
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  const one = list[random.integer(list.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
