import { createHash } from 'node:crypto'
import type { GossipConfig } from '../core/config.ts'
import { PRESETS } from '../core/presets.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { Invariants } from './invariants.test.kit.ts'
import { Network } from './network.ts'
import { addressOf, idOf, type OurMessage, OurParticipant, simulatedSeal } from './our-participant.ts'
import { World } from './world.ts'

export interface ChaosOptions {
  readonly seed: string
  readonly members?: number
  readonly sealed?: boolean
  readonly config?: GossipConfig
  /** Added to every member's own time. */
  readonly originMs?: number
}

export interface ChaosResult {
  /** Of every event of every member, in order. */
  readonly eventHash: string
  readonly steps: number
  /** Who disagrees with the truth after the calm, in words. */
  readonly disagreements: readonly string[]
  readonly faults: number
}

const FAULTS = 14
const FAULT_EVERY_MS = 5_000
/** Calm at the end: both suspicion and the comparison of digests have had their time, and the healer some tries. */
const CALM_MS = 400_000

/** A few members under loss, duplicates, reordering, stalls, crashes, restarts, farewells and partitions, then calm. */
export function runChaos(options: ChaosOptions): ChaosResult {
  const { members = 7, sealed = true, seed } = options
  const random = new SeededRandom(seed)
  const dice = random.fork('faults')
  const network = new Network(random.fork('network'), {
    loss: dice.fraction() * 0.25,
    duplication: 0.1,
    jitterMs: dice.fraction() * 60,
  })
  const world = new World<OurMessage>(network)
  const invariants = new Invariants(sealed)
  const hash = createHash('sha256')
  const participants: OurParticipant[] = []
  const epochs = Array.from<number>({ length: members }).fill(1)
  const gone = new Set<number>()

  const create = (number: number) => (wire: ConstructorParameters<typeof OurParticipant>[0]) => {
    const participant = new OurParticipant(wire, number, {
      config: options.config ?? PRESETS.lan,
      random: random.fork(`member ${number} ${epochs[number]}`),
      nowMs: world.nowMs,
      epoch: epochs[number] ?? 1,
      originMs: (options.originMs ?? 0) * (number + 1),
      ...(sealed ? { seal: simulatedSeal } : {}),
      onEvent: (observer, event, nowMs) => {
        const subject = 'member' in event ? event.member.id : ''
        hash.update(`${Math.round(nowMs * 1_000)} ${observer} ${event.type} ${subject}\n`)
      },
      onStep: (_, member, input, result) => invariants.check(member, input, result),
    })
    participants[number] = participant
    return participant
  }
  const seeds = [addressOf(0), addressOf(1), addressOf(2)]
  const join = (number: number) =>
    world.poke(number, () => participants[number]?.tell(world.nowMs, { kind: 'join', seeds }))
  for (let number = 0; number < members; number++) {
    world.add(create(number))
    join(number)
  }
  const restart = (number: number) => {
    epochs[number] = (epochs[number] ?? 1) + 1
    world.restart(number, create(number))
    gone.delete(number)
    join(number)
  }

  let faults = 0
  world.runUntil(10_000)
  for (let fault = 0; fault < FAULTS; fault++) {
    const victim = dice.integer(members)
    const kind = dice.integer(6)
    const forMs = dice.fraction() * 8_000
    if (gone.has(victim)) restart(victim)
    else if (kind === 0) {
      gone.add(victim)
      world.crash(victim)
    } else if (kind === 1) restart(victim)
    else if (kind === 2) {
      gone.add(victim)
      world.poke(victim, () => participants[victim]?.tell(world.nowMs, { kind: 'leave' }))
    } else if (kind === 3) {
      world.pause(victim)
      world.at(world.nowMs + forMs, () => world.resume(victim))
    } else if (kind === 4) {
      const split = dice.integer(members)
      network.isCut = (from, to) => from <= split !== to <= split
      world.at(world.nowMs + 3 * forMs, () => {
        network.isCut = () => false
      })
    } else world.poke(victim, () => participants[victim]?.tell(world.nowMs, { kind: 'suspended' }))
    faults++
    world.runUntil(world.nowMs + FAULT_EVERY_MS)
  }
  world.runUntil(world.nowMs + 30_000)
  network.loss = 0
  network.isCut = () => false
  for (let number = 0; number < members; number++) world.resume(number)
  world.runUntil(world.nowMs + CALM_MS)
  return {
    eventHash: hash.digest('hex'),
    steps: invariants.steps,
    disagreements: disagreements(participants, gone),
    faults,
  }
}

function disagreements(participants: readonly OurParticipant[], gone: ReadonlySet<number>): string[] {
  const found: string[] = []
  const living = participants.filter((_, number) => !gone.has(number))
  const hashes = new Set(living.map(({ member }) => member.viewHash))
  if (hashes.size > 1) found.push(`S12: ${hashes.size} different views`)
  for (const { member } of living) {
    for (let number = 0; number < participants.length; number++) {
      const status = member.get(idOf(number))?.status
      const isLive = status === 'alive' || status === 'suspect'
      if (isLive === gone.has(number))
        found.push(`S11: ${member.self.address} says ${status} of ${number}, gone ${gone.has(number)}`)
    }
  }
  return found
}
