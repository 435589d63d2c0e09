import { SeededRandom } from '../../ports/seeded-random.ts'
import type { GossipConfig } from '../core/config.ts'
import { PRESETS } from '../core/presets.ts'
import { Network } from './network.ts'
import { addressOf, type OurMessage, OurParticipant, simulatedSeal } from './our-participant.ts'
import { World } from './world.ts'

export interface Assembled {
  readonly network: Network
  readonly world: World<OurMessage>
  /** By number: a restart puts the new process in the place of the old one. */
  readonly participants: readonly OurParticipant[]
  /** The next process of that member: a new epoch, and it joins again. */
  restart(number: number): void
}

/** Members that know nobody but three seeds, and have just begun to join. */
export function assemble(members: number, seed: string, config: GossipConfig = PRESETS.lan): Assembled {
  const random = new SeededRandom(seed)
  const network = new Network(random.fork('network'))
  const world = new World<OurMessage>(network)
  const participants: OurParticipant[] = []
  const seeds = [addressOf(0), addressOf(1), addressOf(2)]
  const create =
    (number: number, epoch: number) => (wire: ConstructorParameters<typeof OurParticipant>[0]) => {
      const participant = new OurParticipant(wire, number, {
        config,
        random: random.fork(`${number}/${epoch}`),
        nowMs: world.nowMs,
        epoch,
        seal: simulatedSeal,
        onEvent: () => undefined,
      })
      participants[number] = participant
      return participant
    }
  const join = (number: number) =>
    world.poke(number, () => participants[number]?.tell(world.nowMs, { kind: 'join', seeds }))
  for (let number = 0; number < members; number++) {
    world.add(create(number, 1))
    join(number)
  }
  const restart = (number: number) => {
    world.restart(number, create(number, 2))
    join(number)
  }
  return { network, participants, restart, world }
}

/** Whether all know all, and hold the same of them. */
export function isWhole(participants: readonly OurParticipant[]): boolean {
  const [first] = participants
  return participants.every(
    ({ member }) => member.liveCount === participants.length && member.viewHash === first?.member.viewHash,
  )
}
