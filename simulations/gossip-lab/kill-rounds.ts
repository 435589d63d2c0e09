import { pollUntil } from '../kit/poll-until.ts'
import type { Pack } from './pack.ts'

/** What one death and one arrival took, in milliseconds. */
export interface KillRound {
  /** From the blow until the first member said dead. */
  readonly firstMs: number
  /** From then until the last one said so. */
  readonly agreementMs: number
  /** From the start of a new member until everyone saw it. */
  readonly joinMs: number
}

/** Longer than any suspicion: beyond it something is broken. */
const PATIENCE_MS = 180_000

export async function untilAgreed(pack: Pack, timeoutMs = PATIENCE_MS): Promise<void> {
  await until(pack, 'every member sees every other', () => pack.sightings.agreed, timeoutMs)
}

/** Starts so many members, each a process, and waits until all see all. */
export async function fillPack(pack: Pack, members: number): Promise<void> {
  for (let index = 0; index < members; index++) await pack.add()
  await untilAgreed(pack)
}

/**
 * Kills one member, waits until every other one holds it dead, and puts a new one in its place with `replace`. The
 * one that has been there longest has its turn.
 */
export async function killOnce(pack: Pack, replace: (victim: string) => Promise<string>): Promise<KillRound> {
  const victim = pack.members[0] ?? ''
  const { sightings } = pack
  const killedAtMs = await pack.kill(victim)
  await until(pack, `everyone holds ${victim} dead`, () => sightings.isSeenByNone(victim))
  const deaths = sightings.deathTimesMs(victim)
  const [first = Number.NaN] = deaths
  const last = deaths.at(-1) ?? Number.NaN
  const name = await replace(victim)
  await until(pack, `everyone sees ${name}`, () => sightings.isSeenByAll(name))
  const seenAtMs = sightings.arrivalTimesMs(name).at(-1) ?? Number.NaN
  await untilAgreed(pack)
  return {
    firstMs: first - killedAtMs,
    agreementMs: last - first,
    joinMs: seenAtMs - sightings.beganAtMs(name),
  }
}

async function until(pack: Pack, what: string, holds: () => boolean, timeoutMs = PATIENCE_MS): Promise<void> {
  await pollUntil(`${what}, of ${pack.name}`, () => pack.crashes.length > 0 || holds(), {
    timeoutMs,
    onTimeout: () => pack.describe(),
  })
  if (pack.crashes.length > 0)
    throw new Error(`It ended although nobody struck it: ${pack.crashes.join('\n')}`)
}
