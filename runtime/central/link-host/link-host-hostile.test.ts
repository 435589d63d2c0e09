import test from 'ava'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { declare } from '../../engine/engine.test.kit.ts'
import {
  MESSAGES_PER_SWEEP_MAX,
  REDEEM_FAILURES_PER_ADDRESS_MAX,
  REDEEM_FAILURES_PER_LINK_MAX,
  REPORT_GROUPS_MAX,
  REPORTS_WAITING_MAX,
} from './link-host-bounds.ts'
import { reportOf, rest, TestHost } from './link-host.test.kit.ts'

async function start(): Promise<TestHost> {
  const world = await TestHost.start()
  await world.engine.apply(declare('one'))
  return world
}

test('an unknown key gets nothing, whatever it asks for', async t => {
  const world = await start()
  const honest = await world.join('n1', 'web')
  const { committed } = (await honest.next('desire')).desire
  const digest = committed?.digest ?? digestOfBytes(new Uint8Array())
  const seq = world.engine.leader.position.seq
  for (const say of [
    (agent: typeof honest) => agent.hello(),
    (agent: typeof honest) => agent.say({ t: 'fetch', digest, offset: 0 }),
    (agent: typeof honest) => agent.sayReport([reportOf('web', null)]),
    (agent: typeof honest) => agent.say({ t: 'leave' }),
  ]) {
    const stranger = await world.dial('n1', 'a stranger')
    stranger.say({ t: 'ping', n: 7 })
    say(stranger)
    await stranger.closed
    t.deepEqual(
      stranger.received.map(message => [message.t, message.t === 'refused' && message.code]),
      [['refused', 'KONOR_ENGINE_UNKNOWN_IDENTITY']],
    )
  }
  t.is(world.engine.leader.position.seq, seq, 'nothing of it is in the journal')
  t.true(world.host.connected('n1'))
  await world.stop()
})

test('guessing tokens is bounded by link and by address, and honest agents go on', async t => {
  const world = await start()
  const honest = await world.join('n1', 'web')
  const token = await world.token('web')
  const seq = world.engine.leader.position.seq
  const codes: string[] = []
  for (let link = 0; link < 6; link++) {
    const guesser = await world.dial('n9', `guesser ${link}`)
    for (let guess = 0; guess < REDEEM_FAILURES_PER_LINK_MAX * 2; guess++)
      guesser.redeem(token, `guess ${guess}`)
    await guesser.closed
    codes.push(guesser.all('refused').at(-1)?.code ?? '')
    t.true(guesser.all('refused').at(-1)?.final)
    t.true(guesser.all('refused').length <= REDEEM_FAILURES_PER_LINK_MAX)
  }
  t.is(codes.at(0), 'KONOR_ENGINE_TOKEN_REFUSED')
  t.is(codes.at(-1), 'KONOR_LINK_ATTEMPTS')
  t.is(world.engine.leader.position.seq - seq, REDEEM_FAILURES_PER_ADDRESS_MAX)
  await honest.report('web', { revision: 1, phase: 'applied' }, 1)
  await world.pass(60_000)
  const late = await world.dial('n2')
  late.redeem(token)
  t.like(await late.next('redeemed'), { name: 'n2' })
  await world.stop()
})

test('a name that is taken is refused to another key, and the same key may repeat its redemption', async t => {
  const world = await start()
  const token = await world.token('web', 1)
  const first = await world.dial('n1')
  for (let time = 0; time < 3; time++) {
    first.redeem(token)
    t.like(await first.next('redeemed'), { name: 'n1', group: 'web' })
  }
  const thief = await world.dial('n1', 'a thief')
  thief.redeem(await world.token('web'))
  t.like(await thief.next('refused'), { code: 'KONOR_ENGINE_NAME_TAKEN', final: false })
  thief.hello()
  t.like(await thief.next('refused'), { code: 'KONOR_ENGINE_UNKNOWN_IDENTITY', final: true })
  await world.stop()
})

test('what is no message ends its link with a code, and what is not known yet is ignored', async t => {
  const world = await start()
  for (const wrong of [
    { t: 'report', seq: -1, groups: [] },
    { t: 'report', seq: 1, groups: [{ group: 'web' }] },
    { t: 'fetch', digest: 'x', offset: 0 },
    { t: 7 },
    'hello',
    [],
  ]) {
    const agent = await world.join(`n${digestOfBytes(Buffer.from(JSON.stringify(wrong))).slice(0, 8)}`, 'web')
    agent.sayAnything({ t: 'from-the-future', with: 1 })
    agent.sayAnything(wrong)
    await agent.closed
    t.is(agent.all('refused').at(-1)?.code, 'KONOR_LINK_MALFORMED')
  }
  const noise = await world.dial('n8')
  noise.sayBytes(new Uint8Array([0xff, 0x00, 0x13]))
  t.is((await noise.next('refused')).code, 'KONOR_LINK_MALFORMED')
  const twice = await world.join('n7', 'web')
  twice.hello()
  t.is((await twice.next('refused')).code, 'KONOR_LINK_MALFORMED')
  const stranger = await world.join('n6', 'web')
  stranger.link?.close()
  for (const [more, code] of [
    [{ cluster: 'c2' }, 'KONOR_LINK_OTHER_CLUSTER'],
    [{ protocol: [2, 9] }, 'KONOR_LINK_PROTOCOL'],
  ] as const) {
    const agent = await world.dial('n6')
    agent.hello({ timeline: 0, epoch: 0 }, more)
    t.like(await agent.next('refused'), { code, final: true })
  }
  await world.stop()
})

test('a node may fetch what its own desires name and nothing else', async t => {
  const world = await start()
  await world.engine.apply(declare('secret of db', 'eventual', '/b', 'db'))
  const [web, db] = [await world.join('n1', 'web'), await world.join('n2', 'db')]
  const mine = (await web.next('desire')).desire.committed
  const foreign = (await db.next('desire')).desire.committed
  if (mine === null || foreign === null) throw new Error('nothing is committed')
  web.say({ t: 'fetch', digest: foreign.digest, offset: 0 })
  t.like(await web.next('refused'), { code: 'KONOR_LINK_BLOB_REFUSED', final: false, about: foreign.digest })
  web.say({ t: 'fetch', digest: mine.digest, offset: 0 })
  t.is((await web.next('chunk')).bytes.length, mine.sizeBytes)
  web.say({ t: 'fetch', digest: mine.digest, offset: mine.sizeBytes + 1 })
  t.like(await web.next('refused'), { code: 'KONOR_LINK_BLOB_REFUSED', about: mine.digest })
  await world.stop()
})

test('a stale report is recorded and changes nothing, one of a foreign group too', async t => {
  const world = await start()
  await world.engine.apply(declare('one', 'eventual', '/b', 'db'))
  const [agent] = [await world.join('n1', 'web'), await world.join('n2', 'db')]
  agent.sayReport([reportOf('web', { revision: 1, phase: 'applied' }, 1)], 10)
  await agent.next('recorded')
  agent.sayReport([reportOf('web', { revision: 1, phase: 'rejected', reason: 'old' }, null)], 9)
  t.is((await agent.next('recorded')).seq, 9)
  t.deepEqual(world.engine.stateOf('sub/web/n1' as never), { following: 'applied' })
  agent.sayReport([reportOf('db', { revision: 1, phase: 'rejected', reason: 'foreign' }, 1)], 11)
  await agent.next('recorded')
  t.deepEqual(world.engine.stateOf('sub/db/n2' as never), { following: 'waiting' })
  t.is(world.engine.leader.view.get('sub/db/n1' as never), undefined)
  const groups = Array.from({ length: REPORT_GROUPS_MAX + 1 }, (_, index) => reportOf(`g${index}`, null))
  agent.sayReport(groups, 12)
  t.is((await agent.next('refused')).code, 'KONOR_LINK_MALFORMED')
  await world.stop()
})

test('a flood costs its own link only', async t => {
  const world = await start()
  const [honest, flooding] = [await world.join('n1', 'web'), await world.join('n2', 'web')]
  for (let n = 0; n <= MESSAGES_PER_SWEEP_MAX; n++) flooding.say({ t: 'ping', n })
  await flooding.closed
  t.like(flooding.all('refused').at(-1), { code: 'KONOR_LINK_FLOOD', final: true })
  await honest.report('web', { revision: 1, phase: 'applied' }, 1)
  t.false(world.host.connected('n2'))
  await world.stop()
})

test('reports that wait for their record hold up their own link, and none is lost', async t => {
  let release = (): void => {}
  const held = new Promise<void>(resolve => (release = resolve))
  let waiting = 0
  const world: TestHost = await TestHost.start({
    submitFact(input) {
      waiting++
      return held.then(() => world.engine.leader.submitFact(input))
    },
  })
  await world.engine.apply(declare('one'))
  const agent = await world.join('n1', 'web')
  const count = REPORTS_WAITING_MAX * 3
  for (let seq = 1; seq <= count; seq++)
    agent.sayReport([reportOf('web', { revision: 1, phase: 'staging' })], seq)
  agent.say({ t: 'ping', n: 1 })
  await rest()
  t.is(waiting, REPORTS_WAITING_MAX)
  t.is(agent.all('pong').length, 0, 'nothing more is read')
  release()
  await agent.next('pong')
  await rest()
  t.deepEqual(
    agent.all('recorded').map(({ seq }) => seq),
    Array.from({ length: count }, (_, index) => index + 1),
  )
  await world.stop()
})

test('who does not say hello in time is closed, also one that only pings', async t => {
  const world = await start()
  const [silent, chatty] = [await world.dial('n1'), await world.dial('n2')]
  for (let second = 0; second < 4; second++) {
    chatty.say({ t: 'ping', n: second })
    await world.pass(1_000)
  }
  t.true(silent.isOpen && chatty.isOpen)
  await world.pass(2_000)
  for (const agent of [silent, chatty]) t.is(agent.all('refused').at(-1)?.code, 'KONOR_LINK_NO_HELLO')
  t.is(world.host.stats.links, 0)
  await world.stop()
})
