import test from 'ava'
import { declare, TestEngine } from '../../engine/engine.test.kit.ts'
import { createMemberIdentity, memberIdOf } from '../../gossip/wire/member-identity.ts'
import { createRecordSeal } from '../../gossip/wire/record-proof.ts'
import { silentLogger } from '../../ports/logger.ts'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { keyPairOf, TestHost } from '../link-host/link-host.test.kit.ts'
import { CentralMember } from './central-member.ts'
import { ClusterGossip } from './cluster-gossip.ts'

const SECRET = new Uint8Array(32).fill(5)

test('a farewell from before a node was made says nothing of it: it has its key from a node that was removed', async t => {
  const engine = await TestEngine.start()
  const { clock, leader } = engine
  const random = new SeededRandom('cluster-gossip')
  const member = await CentralMember.start({
    doors: { bind: '127.0.0.1:0' },
    preset: 'lan',
    clusterId: 'c1',
    secretKey: keyPairOf('central').secretKey,
    keys: [SECRET],
    timeline: 1,
    epoch: 1,
    clock,
    random,
    logger: silentLogger,
  })
  t.teardown(() => member.host.close())
  const seal = createRecordSeal(createMemberIdentity(keyPairOf('a').secretKey), 'c1')
  const life = { id: memberIdOf(keyPairOf('a').publicKey), epoch: 3, incarnation: 0 }
  const farewell = { state: 'left' as const, ...life }
  member.host.member.step({
    kind: 'message',
    nowMs: clock.monotonicMs(),
    from: { ...life, address: '127.0.0.1:9' },
    message: { kind: 'gossip', updates: [{ ...farewell, signature: seal.sign(farewell) }] },
  })
  const gossip = new ClusterGossip({ leader, member, secret: SECRET, random, logger: silentLogger })
  const world = await TestHost.start({ engine, membership: gossip })
  await engine.apply(declare('one'))
  const agent = await world.dial('a')
  agent.redeem(await world.token('web'))
  await agent.next('redeemed')
  await world.pass(3_000)
  t.is(gossip.records()[0]?.status, 'left')
  t.is(world.liveness('a'), 'alive')
  await world.stop()
})
