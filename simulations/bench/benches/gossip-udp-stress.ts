import { fillPack, killOnce, type KillRound, untilAgreed } from '../../gossip-lab/kill-rounds.ts'
import { findNamespaces } from '../../gossip-lab/namespaces.ts'
import { OurPack } from '../../gossip-lab/our-pack.ts'
import { pass } from '../../gossip-lab/pass.ts'
import { rotateKeys } from '../../gossip-lab/rotate-keys.ts'
import { blockInTurn, freezeInTurn, pinCores } from '../../gossip-lab/stalls.ts'
import { rateBetween, readUsage } from '../../gossip-lab/usage.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure, Goal } from '../figure.ts'
import { meanOf } from '../quantile.ts'

const STOPS = 20
const IDLE_MS = 120_000
const FREEZES = 20
const FREEZE_MS = 2_500
const BLOCK_MS = 2_000
const PINNED_MS = 120_000
const CROWD_PROCESSES = 8
const CROWD_EACH = 25

export const gossipUdpStressBench: Bench = {
  name: 'gossip-udp-stress',
  about: 'real members that stand still, are starved, rotate keys; 200 of them in 8 processes',
  async run(context) {
    return [...(await stress(context, 10)), ...(await stress(context, 50)), ...(await measureCrowd(context))]
  },
}

/** Members, a process each, through everything that is to harm nobody. */
async function stress(context: BenchContext, members: number): Promise<Figure[]> {
  const pack = await startPack(context)
  await fillPack(pack, members)
  return [
    await unharmed(context, pack, `${members}: idle ${IDLE_MS / 60_000} min`, () => pass(IDLE_MS)),
    await unharmed(context, pack, `${members}: SIGSTOP ${FREEZE_MS} ms × ${FREEZES}`, () =>
      freezeInTurn(pack, FREEZES, FREEZE_MS),
    ),
    await unharmed(context, pack, `${members}: event loop blocked ${BLOCK_MS} ms, each in turn`, () =>
      blockInTurn(pack, pack.members, BLOCK_MS),
    ),
    await unharmed(context, pack, `${members}: both cores pinned ${PINNED_MS / 60_000} min`, () =>
      pinCores(PINNED_MS),
    ),
    ...(await rotation(context, pack, members)),
  ]
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

/** How many were declared dead meanwhile, although all of them live. */
async function unharmed(
  context: BenchContext,
  pack: OurPack,
  name: string,
  experiment: () => Promise<void>,
  deathsMax = 0,
): Promise<Figure> {
  const before = pack.sightings.falseDeaths.length
  await experiment()
  await untilAgreed(pack)
  const dead = [...new Set(pack.sightings.falseDeaths.slice(before).map(({ of }) => of))]
  const excuses = dead.map(member => ` ${member} stood still for ${pack.longestStallMs(member)} ms`)
  context.say(`${name}: ${dead.length}${excuses}`)
  return { name, unit: 'deaths', ours: { value: dead.length }, goals: [{ of: 'value', atMost: deathsMax }] }
}

async function rotation(context: BenchContext, pack: OurPack, members: number): Promise<Figure[]> {
  let refused = Number.NaN
  const dropped = await unharmed(context, pack, `${members}: keys rotated under load`, async () => {
    const { refusedAfterUse, unsealed } = await rotateKeys(pack)
    refused = refusedAfterUse + unsealed
  })
  return [
    dropped,
    {
      name: `${members}: refused for their key, from "use" on`,
      unit: 'packets',
      ours: { value: refused },
      goals: [{ of: 'value', atMost: 0 }],
    },
  ]
}

async function startPack(context: BenchContext): Promise<OurPack> {
  const namespaces = await findNamespaces()
  const place = namespaces.make === undefined ? {} : { namespace: await namespaces.make(context) }
  return new OurPack(context, { preset: 'lan', ...place })
}
