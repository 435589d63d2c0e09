import test, { type ExecutionContext } from 'ava'
import { pollUntil } from '../kit/poll-until.ts'
import { testWithout } from '../kit/test-with.ts'
import { HASTY } from './hasty.ts'
import { findHostNetworks, type HostNetwork } from './host-network.ts'
import { untilAgreed } from './kill-rounds.ts'
import { OurPack } from './our-pack.ts'

const IS_FULL = process.env['KONOR_TEST'] === 'full'
const MEMBERS = 4
const PORT = 7_946
/** Longer than anything takes: it bounds a hang. */
const PATIENT = { timeoutMs: IS_FULL ? 600_000 : 150_000 }
/** Probes that found their way around a cut before it is believed to harm nobody. */
const AROUND = 8
/** Probes that packet loss kept from being answered directly. */
const HELPED = IS_FULL ? 300 : 16
const networks = await findHostNetworks()
const testOnHosts = networks.create === undefined ? testWithout(networks.missing) : test

interface Site {
  readonly network: HostNetwork
  readonly pack: OurPack
  readonly members: readonly string[]
}

async function startSite(t: ExecutionContext): Promise<Site> {
  if (networks.create === undefined) throw new Error(networks.missing)
  t.timeout(2 * PATIENT.timeoutMs)
  const network = await networks.create(t, MEMBERS)
  const pack = new OurPack(t, { preset: 'fast', change: HASTY })
  for (const { namespace, address } of network.hosts) await pack.add({ namespace, host: address, port: PORT })
  await untilAgreed(pack)
  return { network, pack, members: pack.members }
}

testOnHosts('a partition is seen on both sides, and heals into one view', async (t: ExecutionContext) => {
  const { network, pack, members } = await startSite(t)
  const [left, right] = [members.slice(0, 2), members.slice(2)]
  await network.partition([0, 1], [2, 3])
  const isSplit = (): boolean => pack.sightings.agree(left, left) && pack.sightings.agree(right, right)
  await pollUntil('each side sees itself alone', isSplit, { ...PATIENT, onTimeout: () => pack.describe() })
  await network.heal()
  await untilAgreed(pack)
  t.is(new Set(pack.sightings.falseDeaths.map(({ of }) => of)).size, MEMBERS, 'each side had lost the other')
})

testOnHosts(
  'one that cannot hear, or cannot be heard, by one other is not called dead',
  async (t: ExecutionContext) => {
    const { network, pack } = await startSite(t)
    await network.cut(0, 1)
    await pollUntil('probes went around the cut', () => pack.told('PROBE_THROUGH_HELPER') >= AROUND, PATIENT)
    await network.heal()
    t.deepEqual(pack.sightings.falseDeaths, [])
    t.true(pack.sightings.agreed)
  },
)

testOnHosts(
  'with 30 % of all packets lost nobody is called dead, and the dead are found',
  async (t: ExecutionContext) => {
    const { network, pack, members } = await startSite(t)
    await network.loseEverywhere(0.3)
    const probes = (): number => pack.told('PROBE_THROUGH_HELPER') + pack.told('PROBE_BY_STREAM')
    await pollUntil('many probes needed help', () => probes() >= HELPED, PATIENT)
    t.deepEqual(pack.sightings.falseDeaths, [])
    const victim = members[3] ?? ''
    await pack.kill(victim)
    await pollUntil('everyone holds it dead', () => pack.sightings.isSeenByNone(victim), {
      ...PATIENT,
    })
    await network.heal()
    await untilAgreed(pack)
  },
)

testOnHosts(
  'one whose plug is pulled is missed, misses the others, and is back with it',
  async (t: ExecutionContext) => {
    const { network, pack, members } = await startSite(t)
    const [unplugged = '', ...others] = members
    await network.plug(0, 'down')
    await pollUntil('the others see themselves alone', () => pack.sightings.agree(others, others), PATIENT)
    await pollUntil('it sees itself alone', () => pack.sightings.agree([unplugged], [unplugged]), PATIENT)
    await network.plug(0, 'up')
    await untilAgreed(pack)
    for (const { by, of } of pack.sightings.falseDeaths) t.true(by === unplugged || of === unplugged)
  },
)
