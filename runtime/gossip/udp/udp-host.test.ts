import test from 'ava'
import { pollUntil } from '../../../simulations/kit/poll-until.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { startCluster, startHost, toldOf, type Watched } from './host-cluster.test.kit.ts'

test('five find each other; one that falls silent is declared dead by all, one that leaves is not', async t => {
  const [first, second, third, silent, leaver] = await startCluster(t, 5)
  if (!first || !second || !third || !silent || !leaver) return t.fail()
  for (const { host } of [first, second, third]) {
    t.is(host.stats.inputsFailed, 0)
    t.true(host.stats.receiveBufferBytes > 0)
  }
  const silentId = silent.host.member.self.id
  const leaverId = leaver.host.member.self.id
  leaver.host.leave()
  await pollUntil('the farewell is out', () => leaver.events.some(({ type }) => type === 'SELF_LEFT'))
  await leaver.host.close()
  await silent.host.close()
  const rest = [first, second, third]
  const statusesOf = ({ host }: Watched) => [silentId, leaverId].map(id => host.member.get(id)?.status)
  await pollUntil(
    'everyone holds one dead and one left',
    () => rest.every(one => statusesOf(one).join() === 'dead,left'),
    { onTimeout: () => JSON.stringify(rest.map(one => [statusesOf(one), one.events.slice(-20)])) },
  )
  for (const one of rest) {
    t.deepEqual(toldOf(one, 'MEMBER_DEAD'), [silentId])
    t.deepEqual(toldOf(one, 'MEMBER_LEFT'), [leaverId])
    t.is(one.host.stats.inputsFailed, 0)
    t.is(one.host.stats.oversized, 0)
    t.is(one.host.member.liveCount, 3)
  }
})

test('keys rotate under load and nobody is dropped', async t => {
  const members = await startCluster(t, 4)
  const next = new SeededRandom('next key').bytes(32)
  let sent = 0
  const load = setInterval(() => {
    for (const { host } of members) host.broadcast('load', Buffer.from(`${sent++}`))
  }, 20)
  t.teardown(() => clearInterval(load))
  // Everyone looks at the packets of everyone else: who was heard since the step began, and with which keys.
  const everyone = async (what: string, count: 'sameKeys' | 'samePrimary') => {
    const beganMs = performance.now()
    await pollUntil(what, () =>
      members.every(({ host }) => {
        const seen = host.rotation(performance.now() - beganMs)
        return seen.peers === members.length - 1 && seen[count] === seen.peers
      }),
    )
  }
  const former = members[0]?.host.keyring.state.primary ?? ''
  for (const { host } of members) host.keyring.install(next)
  await everyone('everyone has both keys', 'sameKeys')
  const refusedBefore = members.map(({ host }) => host.stats.channel.refused['unknown-key'])
  for (const { host } of members) host.keyring.use(host.keyring.install(next))
  await everyone('everyone seals with the new key', 'samePrimary')
  for (const { host } of members) host.keyring.remove(former)
  await everyone('everyone has the new key alone', 'sameKeys')
  clearInterval(load)
  t.true(sent > 0)
  for (const [index, { host, events }] of members.entries()) {
    t.deepEqual(host.keyring.state.keyIds.length, 1)
    t.is(host.stats.channel.refused['unknown-key'], refusedBefore[index] ?? -1)
    t.is(host.stats.channel.refused.unsealed, 0)
    t.is(host.member.liveCount, 4)
    t.deepEqual(
      events.filter(({ type }) => type === 'MEMBER_DEAD' || type === 'MEMBER_LEFT'),
      [],
    )
    t.true(events.some(({ type }) => type === 'EVENT_RECEIVED'))
  }
})

test('an address that is taken, or is none, is said with its code', async t => {
  const one = await startHost({ name: 'one' })
  t.teardown(() => one.host.close())
  await t.throwsAsync(startHost({ name: 'two', bind: one.host.address }), { code: 'KONOR_GOSSIP_BIND' })
  await t.throwsAsync(startHost({ name: 'two', bind: 'localhost:0' }), { code: 'KONOR_GOSSIP_ADDRESS' })
  await t.throwsAsync(startHost({ name: 'two', advertise: 'nowhere' }), { code: 'KONOR_GOSSIP_ADDRESS' })
})

test('a process that comes again at the same address is a new session of the same member', async t => {
  const [seed, other] = await startCluster(t, 2)
  if (!seed || !other) return t.fail()
  const { address } = other.host
  await other.host.close()
  const again = await startHost({ name: '1', bind: address, epoch: 2 })
  t.teardown(() => again.host.close())
  again.host.join([seed.host.address])
  await pollUntil('the seed holds the second life', () => {
    const record = seed.host.member.get(again.host.member.self.id)
    return record?.status === 'alive' && record.epoch === 2
  })
  await pollUntil(
    'both know both',
    () => again.host.member.liveCount === 2 && seed.host.member.liveCount === 2,
  )
  t.is(seed.host.stats.channel.sessionsKnown, 1)
})
