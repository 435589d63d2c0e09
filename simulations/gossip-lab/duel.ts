import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import { needSystemProgram } from '../kit/system-program.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'
import { fillPack, type KillRound, killOnce } from './kill-rounds.ts'
import { findNamespaces } from './namespaces.ts'
import { OurPack } from './our-pack.ts'
import type { Pack } from './pack.ts'
import { pass } from './pass.ts'
import { SerfPack } from './serf-pack.ts'
import { type Rate, rateBetween, readUsage } from './usage.ts'

export interface DuelOptions {
  readonly members: number
  readonly kills: number
  readonly idleMs: number
  readonly preset: PresetName
}

/** What one side of a duel showed. */
export interface DuelSide {
  readonly name: string
  readonly rounds: readonly KillRound[]
  /** For each member and second while nothing happened; undefined where it could not have a network to itself. */
  readonly idle: Rate | undefined
  readonly falseDeaths: number
  readonly minutes: number
}

export interface Duel {
  readonly ours: DuelSide
  /** Undefined where there is no serf. */
  readonly serf: DuelSide | undefined
}

/** After everyone saw everyone: what is still told of it has been told by then. */
const SETTLE_MS = 15_000

/**
 * Our members and serf's agents, as many, each a process, side by side on this machine, each pack with a loopback of
 * its own: both idle at the same time, and then one of each is killed in the same moment, again and again, so that
 * whatever disturbs the machine disturbs both.
 */
export async function duel(
  t: TeardownContext,
  options: DuelOptions,
  say: (line: string) => void,
): Promise<Duel> {
  const namespaces = await findNamespaces()
  if (namespaces.missing !== undefined) say(namespaces.missing)
  const place = async (): Promise<{ namespace?: string }> =>
    namespaces.make === undefined ? {} : { namespace: await namespaces.make(t) }
  const serf = await needSystemProgram('serf')
  if (serf.missing !== undefined) say(serf.missing)
  const ours = new OurPack(t, { preset: options.preset, ...(await place()) })
  const packs: Pack[] = [ours]
  if (serf.path !== undefined) packs.push(new SerfPack(t, serf.path, (await place()).namespace))
  for (const pack of packs) await fillPack(pack, options.members)
  await pass(SETTLE_MS)
  const beganMs = performance.now()
  const idle = await idleRates(packs, options)
  const rounds = packs.map((): KillRound[] => [])
  for (let round = 0; round < options.kills; round++) {
    const found = await Promise.all(packs.map(pack => killOnce(pack, () => pack.add())))
    found.forEach((one, index) => rounds[index]?.push(one))
    say(`${options.members}: ${found.map(({ firstMs }) => (firstMs / 1_000).toFixed(1)).join(' s, ')} s`)
  }
  for (const { by, of } of ours.sightings.falseDeaths)
    say(`${by} called ${of} dead, which had stood still for ${ours.longestStallMs(of)} ms at most`)
  const minutes = (performance.now() - beganMs) / 60_000
  const [our, their] = packs.map((pack, index): DuelSide => {
    const { falseDeaths } = pack.sightings
    const rate = namespaces.make === undefined ? undefined : idle[index]
    return {
      name: pack.name,
      rounds: rounds[index] ?? [],
      idle: rate,
      falseDeaths: falseDeaths.length,
      minutes,
    }
  })
  if (our === undefined) throw new Error('A duel has one side at least.')
  return { ours: our, serf: their }
}

async function idleRates(packs: readonly Pack[], { idleMs, members }: DuelOptions): Promise<Rate[]> {
  const before = await Promise.all(packs.map(readUsage))
  await pass(idleMs)
  const after = await Promise.all(packs.map(readUsage))
  return before.flatMap((usage, index) => {
    const later = after[index]
    return later === undefined ? [] : [rateBetween(usage, later, members)]
  })
}
