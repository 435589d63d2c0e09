import test from 'ava'
import { fillPack, killOnce } from './kill-rounds.ts'
import { OurPack } from './our-pack.ts'
import { pollUntil } from '../kit/poll-until.ts'
import { rotateKeys } from './rotate-keys.ts'

const IS_FULL = process.env['KONOR_TEST'] === 'full'
const MEMBERS = IS_FULL ? 10 : 5
const KILLS = IS_FULL ? 20 : 2
/** Members that are frozen, and then kept busy. */
const STANDSTILLS = IS_FULL ? MEMBERS : 1
/** Patience of 4 s instead of the 2 s of `fast`: this is no measurement, and the machine may be slow. */
const PATIENT = { suspicionMinFactor: 8 }
/** So long one may stand still, or be busy, and is not declared dead. */
const STANDSTILL_MS = 2_000

test('a few processes: the killed are found by all, the frozen and the busy are not called dead', async t => {
  t.timeout(IS_FULL ? 15 * 60_000 : 3 * 60_000)
  const pack = new OurPack(t, { preset: 'fast', change: PATIENT })
  await fillPack(pack, MEMBERS)
  for (let round = 0; round < KILLS; round++) {
    const { firstMs, agreementMs, joinMs } = await killOnce(pack, () => pack.add())
    t.log(
      `dead after ${firstMs.toFixed(0)} ms, all within ${agreementMs.toFixed(0)} ms; joined in ${joinMs.toFixed(0)} ms`,
    )
  }
  for (const member of pack.members.slice(-STANDSTILLS)) {
    await frozenFor(pack, member, STANDSTILL_MS)
    await toldOfStall(pack, member, () => pack.signal(member, 'SIGCONT'))
    await toldOfStall(pack, member, () => pack.command({ do: 'block', ms: STANDSTILL_MS }, member))
  }
  t.deepEqual(await rotateKeys(pack), { refusedAfterUse: 0, unsealed: 0 })
  t.true(pack.sightings.agreed, pack.describe())
  t.deepEqual(pack.sightings.falseDeaths, [])
})

async function frozenFor(pack: OurPack, member: string, ms: number): Promise<void> {
  pack.signal(member, 'SIGSTOP')
  const stoppedAtMs = performance.now()
  await pollUntil('it stood still for long enough', () => performance.now() - stoppedAtMs >= ms)
}

/** After this it stood still, knows it, and whoever suspected it meanwhile has heard its objection or decided. */
async function toldOfStall(pack: OurPack, member: string, act: () => void): Promise<void> {
  const before = pack.told('SELF_STALLED', member)
  act()
  await pollUntil('it knows that it stood still', () => pack.told('SELF_STALLED', member) > before)
}
