import test from 'ava'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { pollUntil } from '../kit/poll-until.ts'
import { HASTY } from './hasty.ts'
import { untilAgreed } from './kill-rounds.ts'
import { OurPack } from './our-pack.ts'
import { PacketRelay } from './packet-relay.ts'

const MEMBERS = 4
const DELIVERED = 600

test('late, repeated, reordered and lost packets kill nobody, and the dead are found among them', async t => {
  const weather = { delayMs: [0, 40], lossFraction: 0.05, duplicateFraction: 0.2 } as const
  const relay = new PacketRelay(t, new SeededRandom('relay'), weather)
  const pack = new OurPack(t, { preset: 'fast', change: HASTY })
  for (let index = 0; index < MEMBERS; index++) await pack.add(await relay.berth())
  await untilAgreed(pack)
  await pollUntil('many packets went through', () => relay.delivered >= DELIVERED)
  t.deepEqual(pack.sightings.falseDeaths, [])
  const answers = await pack.ask({ do: 'stats' })
  for (const answer of answers) {
    if (answer.type !== 'STATS') continue
    t.true(answer.stats.channel.refused.replayed > 0, 'repeated packets are refused')
    t.is(answer.stats.inputsFailed, 0)
  }
  const [, victim = ''] = pack.members
  await pack.kill(victim)
  await pollUntil('everyone holds it dead', () => pack.sightings.isSeenByNone(victim))
  await untilAgreed(pack)
  t.deepEqual(pack.sightings.falseDeaths, [])
})
