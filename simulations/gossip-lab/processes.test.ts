import test from 'ava'
import { fillPack, killOnce } from './kill-rounds.ts'
import { OurPack } from './our-pack.ts'
import { pollUntil } from '../kit/poll-until.ts'
import { rotateKeys } from './rotate-keys.ts'

const MEMBERS = 5
const KILLS = 2
/** Patience of 4 s instead of the 2 s of `fast`: this is no measurement, and the machine may be slow. */
const PATIENT = { suspicionMinFactor: 8 }
/** So long one may stand still, or be busy, and is not declared dead. */
const STANDSTILL_MS = 2_000

test('five processes: the killed are found by all, the frozen and the busy are not called dead', async t => {
  const pack = new OurPack(t, { preset: 'fast', change: PATIENT })
  await fillPack(pack, MEMBERS)
  for (let round = 0; round < KILLS; round++) {
    const { firstMs, agreementMs, joinMs } = await killOnce(pack, () => pack.add())
    t.log(
      `dead after ${firstMs.toFixed(0)} ms, all within ${agreementMs.toFixed(0)} ms; joined in ${joinMs.toFixed(0)} ms`,
    )
  }
  const [, frozen = '', busy = ''] = pack.members
  await frozenFor(pack, frozen, STANDSTILL_MS)
  await toldOfStall(pack, frozen, () => pack.signal(frozen, 'SIGCONT'))
  await toldOfStall(pack, busy, () => pack.command({ do: 'block', ms: STANDSTILL_MS }, busy))
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
