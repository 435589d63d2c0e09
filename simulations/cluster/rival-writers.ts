import { createLeader } from '../../runtime/engine/create-leader.ts'
import type { RunningLeader } from '../../runtime/engine/leader-options.ts'
import { openKernel } from '../../runtime/engine/open-kernel.ts'
import { Program } from '../world/program.ts'
import { openSimulatedJournal } from '../world/simulated-journal.ts'
import type { Cluster } from './cluster.ts'

/** How somebody comes to write to a journal that is another's. */
export const RIVAL_WAYS = [
  /** A supervisor starts another central, which claims the next epoch; the first finds out when it writes. */
  'takes-over',
  /** The same while the first stands still: it wakes up as the past. */
  'takes-over-from-a-sleeper',
  /** Two are started at one moment and claim the same epoch. */
  'two-at-once',
  /** One that was deposed goes on reading, keeps its old epoch, and writes where the journal ends. */
  'reads-on',
  /** The same out of a timeline that a restore has ended. */
  'out-of-the-past',
] as const

export type RivalWay = (typeof RIVAL_WAYS)[number]

export interface Rivalry {
  readonly id: string
  readonly way: RivalWay
}

/** A deposed writer meets the end of the journal at most so often before it gives up. */
const TRIES_MAX = 6
/** Rivals fire no deadline of the cluster: they only write. */
const NO_DEADLINES_MS = 1_000_000_000
const SYSTEM = { by: 'system', scopes: ['system', 'admin'] } as const

/**
 * Starts them; the answer ends them and has central started again. Undefined when nobody leads whom they
 * could meet.
 */
export function sendRivals(cluster: Cluster, { id, way }: Rivalry): (() => void) | undefined {
  const central = cluster.central.leading
  if (central === undefined) return undefined
  const sleeper = way === 'takes-over-from-a-sleeper' ? central.program : undefined
  sleeper?.pause()
  const names = way === 'two-at-once' ? [`${id}-a`, `${id}-b`] : [id]
  const rivals = names.map(name => new Program(central.machine, `rival ${name}`, 1))
  for (const rival of rivals) void run(cluster, rival, way)
  return () => {
    for (const rival of rivals) rival.kill('crash')
    sleeper?.resume()
    cluster.start('central')
  }
}

async function run(cluster: Cluster, rival: Program, way: RivalWay): Promise<void> {
  const { world } = cluster
  try {
    if (way === 'reads-on' || way === 'out-of-the-past') return await writeAsThePast(cluster, rival, way)
    const leader = await open(cluster, rival, ({ timeline, epoch }) => ({ timeline, epoch: epoch + 1 }))
    await leader?.submit(() => ({ input: { route: 'claim', ...SYSTEM, body: {} } }))
    if (rival.isAlive) world.tell(rival.name, 'claimed the journal')
  } catch (error) {
    if (rival.isAlive) world.tell(rival.name, `was not let write: ${String(error)}`)
  }
}

/** Its order is one that others have outranked; what it expects is the very end of the journal. */
async function writeAsThePast(cluster: Cluster, rival: Program, way: RivalWay): Promise<void> {
  const { world } = cluster
  for (let tries = 1; tries <= TRIES_MAX && rival.isAlive; tries++) {
    const leader = await open(cluster, rival, ({ timeline, epoch }) =>
      way === 'reads-on' ? { timeline, epoch: epoch - 1 } : { timeline: timeline - 1, epoch: epoch + 1 },
    )
    if (leader === undefined) return
    try {
      await leader.submit(() => ({ input: { route: 'barrier', ...SYSTEM, body: {} } }))
      if (rival.isAlive) world.tell(rival.name, 'wrote out of the past')
      return
    } catch (error) {
      if (rival.isAlive) world.tell(rival.name, `was not let write: ${String(error)}`)
    }
  }
}

type Order = Pick<Parameters<typeof createLeader>[0], 'timeline' | 'epoch'>

/** The leader of the product on the journal as it is; undefined when the order would be none. */
async function open(
  { central }: Cluster,
  rival: Program,
  orderOf: (head: Order) => Order,
): Promise<RunningLeader | undefined> {
  const { clock, random, logger, faults } = rival
  const journal = openSimulatedJournal(central.store, rival)
  const { kernel } = await openKernel(journal, logger)
  const order = orderOf(await journal.head())
  if (order.timeline < 1 || order.epoch < 0) return undefined
  return createLeader({
    kernel,
    journal,
    clock,
    random,
    logger,
    faults,
    ...order,
    holdDeadlinesMs: NO_DEADLINES_MS,
    onDeposed: () => {},
  })
}
