import { killOnce, type KillRound, untilAgreed } from '../../gossip-lab/kill-rounds.ts'
import { pass } from '../../gossip-lab/pass.ts'
import { blockInTurn, freezeInTurn, pinCores } from '../../gossip-lab/stalls.ts'
import { rateBetween, readUsage } from '../../gossip-lab/usage.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure, Goal } from '../figure.ts'
import { meanOf } from '../quantile.ts'
import { rotation, startPack, unharmed } from './gossip-unharmed.ts'

const STOPS = 20
const IDLE_MS = 120_000
const FREEZES = 8
const FREEZE_MS = 2_500
const BLOCK_MS = 2_000
const PINNED_MS = 120_000
const CROWD_PROCESSES = 8
const CROWD_EACH = 25

export const gossipUdpCrowdBench: Bench = {
  name: 'gossip-udp-crowd',
  about:
    'two hundred real members in 8 processes: one of them ends; all stand still, are starved, rotate keys',
  run: measureCrowd,
}

async function measureCrowd(context: BenchContext): Promise<Figure[]> {
  const pack = await startPack(context)
  await pack.addCrowds(CROWD_PROCESSES, CROWD_EACH)
  await untilAgreed(pack)
  const before = await readUsage(pack)
  const members = CROWD_PROCESSES * CROWD_EACH
  const idle = await unharmed(context, pack, `${members}: idle ${IDLE_MS / 60_000} min`, () => pass(IDLE_MS))
  const rate = rateBetween(before, await readUsage(pack), members)
  const rounds: KillRound[] = []
  for (let round = 0; round < STOPS; round++) {
    rounds.push(await killOnce(pack, victim => pack.addBeside(victim)))
    context.say(`${members}: ${((rounds.at(-1)?.firstMs ?? 0) / 1_000).toFixed(1)} s`)
  }
  const time = (what: string, pick: (round: KillRound) => number, goals: Goal[]): Figure => ({
    name: `${members}: ${what}, mean`,
    unit: 'ms',
    ours: meanOf(rounds.map(pick)),
    goals,
  })
  const first = [...pack.members].slice(0, CROWD_PROCESSES)
  return [
    time('stopped → first says dead', round => round.firstMs, [
      { of: 'value', atMost: 9_200 },
      { of: 'p99', atMost: 12_700 },
    ]),
    time('then until all say so', round => round.agreementMs, [{ of: 'p99', atMost: 1_000 }]),
    time('joins → all see it', round => round.joinMs, [{ of: 'p99', atMost: 2_000 }]),
    ...(Number.isNaN(rate.datagrams) ? [] : [datagrams(members, rate.datagrams)]),
    {
      name: `${members}: of one processor, each, idle`,
      unit: '%',
      ours: { value: rate.cpu * 100 },
      goals: [{ of: 'value', atMost: 0.3 }],
    },
    idle,
    await unharmed(context, pack, `${members}: SIGSTOP ${FREEZE_MS} ms of a process × ${FREEZES}`, () =>
      freezeInTurn(pack, FREEZES, FREEZE_MS),
    ),
    await unharmed(context, pack, `${members}: event loop blocked ${BLOCK_MS} ms, each process in turn`, () =>
      blockInTurn(pack, first, BLOCK_MS),
    ),
    await unharmed(
      context,
      pack,
      `${members}: both cores pinned ${PINNED_MS / 60_000} min`,
      () => pinCores(PINNED_MS),
      1,
    ),
    ...(await rotation(context, pack, members)),
  ]
}

function datagrams(members: number, value: number): Figure {
  return {
    name: `${members}: datagrams sent, each, idle`,
    unit: '/s',
    ours: { value },
    goals: [{ of: 'value', atMost: 2.2 }],
  }
}
