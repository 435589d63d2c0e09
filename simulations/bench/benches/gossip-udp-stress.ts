import { fillPack } from '../../gossip-lab/kill-rounds.ts'
import { pass } from '../../gossip-lab/pass.ts'
import { blockInTurn, freezeInTurn, pinCores } from '../../gossip-lab/stalls.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { rotation, startPack, unharmed } from './gossip-unharmed.ts'

const IDLE_MS = 120_000
const FREEZES = 20
const FREEZE_MS = 2_500
const BLOCK_MS = 2_000
const PINNED_MS = 120_000

export const gossipUdpStressBench: Bench = {
  name: 'gossip-udp-stress',
  about: 'real members that stand still, are starved, rotate keys; 10 and 50 of them',
  async run(context) {
    return [...(await stress(context, 10)), ...(await stress(context, 50))]
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
