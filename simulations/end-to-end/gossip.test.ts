import test from 'ava'
import { decodeToken } from '../../actors/vocabulary/token.ts'
import { keyPairOf, TestAgent } from '../../runtime/central/link-host/link-host.test.kit.ts'
import type { GossipView, NodeView } from '../../runtime/engine/views.ts'
import { createTcpTransport } from '../../runtime/links/tcp-link.ts'
import { CrashCluster } from '../crash/crash-cluster.ts'
import { pollUntil } from '../kit/poll-until.ts'

const GROUPS = [{ name: 'web', uses: 'eventual' }]

async function start(t: Parameters<typeof CrashCluster.start>[0], nodes: number): Promise<CrashCluster> {
  const up = ['--gossip-preset', 'fast']
  const cluster = await CrashCluster.start(t, { groups: GROUPS, nodes, processesPerNode: 0, up })
  await untilAlive(cluster, nodes)
  return cluster
}

function gossipOf(cluster: CrashCluster): Promise<GossipView> {
  return cluster.control.get<GossipView>('/api/v1/gossip')
}

function untilAlive(cluster: CrashCluster, count: number): Promise<unknown> {
  return pollUntil(
    `gossip holds ${count} alive`,
    async () => (await gossipOf(cluster)).counts.alive === count,
    { onTimeout: () => cluster.describe() },
  )
}

function nodes(cluster: CrashCluster): Promise<readonly NodeView[]> {
  return cluster.control.all<NodeView>('/api/v1/nodes')
}

async function sinces(cluster: CrashCluster): Promise<readonly string[]> {
  return (await nodes(cluster)).map(({ name, liveness, since }) => `${name} ${liveness} ${since}`)
}

async function untilSettled(cluster: CrashCluster, generation: number): Promise<GossipView> {
  return pollUntil(
    `key ${generation} is settled`,
    async () => {
      const view = await gossipOf(cluster)
      return view.keys.generation === generation && view.keys.phase === 'settled' && view
    },
    { timeoutMs: 60_000, onTimeout: () => cluster.describe() },
  )
}

test.serial(
  'two of four are killed: the rollout waits for their verdict, and they catch up when back',
  async t => {
    t.timeout(3 * 60_000)
    const cluster = await start(t, 4)
    const headers = { 'X-API-Key': cluster.control.apiKey() }
    const [, , third, fourth] = cluster.agents
    if (third === undefined || fourth === undefined) return t.fail()
    await third.kill()
    await fourth.kill()
    const during = await cluster.control.put('web/limit', 1)
    // A majority of four is three: two can only be enough once the others are journaled as offline.
    t.is(during?.state, 'succeeded')
    const of = async (liveness: string) =>
      (await nodes(cluster)).filter(node => node.liveness === liveness).map(({ name }) => name)
    t.deepEqual(await of('offline'), ['n3', 'n4'])
    const metrics = await (await fetch(`${cluster.control.url}/metrics`, { headers })).text()
    for (const line of [
      'members{status="alive"} 2',
      'members{status="dead"} 2',
      'rotation{phase="settled"} 1',
    ])
      t.true(metrics.includes(`konor_gossip_${line}`), metrics)
    t.is((await gossipOf(cluster)).counts.dead, 2)
    t.is((await cluster.control.put('web/limit', 2))?.state, 'succeeded')
    third.start()
    fourth.start()
    await pollUntil('all are back', async () => (await of('alive')).length === 4)
    await untilAlive(cluster, 4)
    await pollUntil('who was away runs what was committed meanwhile', async () => {
      const { committed } = await cluster.control.group('web')
      return (await cluster.control.groupNodes('web')).every(({ active }) => active === committed?.revision)
    })
  },
)

test.serial('central comes and goes, at another port each time, and nobody is accused', async t => {
  t.timeout(3 * 60_000)
  const cluster = await start(t, 3)
  const before = await sinces(cluster)
  const { address } = await gossipOf(cluster)
  await cluster.central.restart()
  await untilAlive(cluster, 3)
  t.not((await gossipOf(cluster)).address, address)
  await cluster.central.program.stop()
  cluster.central.start()
  await untilAlive(cluster, 3)
  t.deepEqual(await sinces(cluster), before)
})

test.serial('the key rotates under three agents, one of them away, and a removed node starts it', async t => {
  t.timeout(3 * 60_000)
  const cluster = await start(t, 4)
  const before = (await sinces(cluster)).slice(0, 3)
  const first = (await gossipOf(cluster)).keys
  const [, , , away] = cluster.agents
  await away?.kill()
  const rotated = await cluster.konor('gossip', 'rotate', '--wait', '-o', 'json')
  t.is(rotated.code, 0, rotated.stderr)
  const { keys } = JSON.parse(rotated.stdout) as GossipView
  t.like(keys, { generation: 2, phase: 'settled', waitingFor: [] })
  t.notDeepEqual(keys.ids, first.ids)
  t.deepEqual((await sinces(cluster)).slice(0, 3), before)
  away?.start()
  await untilAlive(cluster, 4)
  t.is((await cluster.control.send('DELETE', '/api/v1/nodes/n4')).status, 204)
  await away?.kill()
  const after = await untilSettled(cluster, 3)
  t.is(after.counts.alive, 3)
  t.deepEqual((await sinces(cluster)).slice(0, 3), before)
  const audit = await cluster.control.all<{ action: string }>('/api/v1/audit')
  t.is(audit.filter(({ action }) => action === 'keyring.rotate').length, 2)
  t.is(audit.filter(({ action }) => action === 'keyring.advance').length, 6)
})

test.serial('central is killed in each phase of a rotation, and goes on in it', async t => {
  t.timeout(3 * 60_000)
  const cluster = await start(t, 1)
  const { address, key, id, secret } = decodeToken(await cluster.token('web'))
  const agent = new TestAgent('slow', keyPairOf('slow'))
  const link = async (): Promise<void> => {
    await pollUntil('the slow agent is linked', async () => {
      await agent.dial(createTcpTransport(), address, key)
      return true
    })
    agent.redeem(id, secret)
    await agent.next('redeemed')
    const { cluster: of } = decodeToken(await cluster.token('web'))
    agent.hello({ timeline: 0, epoch: 0 }, { cluster: of })
    await agent.next('welcome')
  }
  await link()
  t.is((await cluster.control.send('POST', '/api/v1/gossip/rotation')).status, 202)
  const again = await cluster.control.send<{ code: string }>('POST', '/api/v1/gossip/rotation')
  t.like(again, { status: 409, body: { code: 'KONOR_GOSSIP_ROTATING' } })
  for (const [phase, keys] of [
    ['installing', 2],
    ['using', 2],
    ['removing', 1],
  ] as const) {
    await pollUntil(`only the slow agent is waited for while ${phase}`, async () => {
      const view = await gossipOf(cluster)
      return view.keys.phase === phase && view.keys.waitingFor.join() === 'slow'
    })
    await cluster.central.kill()
    cluster.central.start()
    await link()
    t.like((await gossipOf(cluster)).keys, { generation: 2, phase })
    t.is(agent.all('welcome').at(-1)?.gossip?.keys.length, keys)
    for (const { n } of agent.all('ping')) agent.say({ t: 'pong', n })
  }
  t.is((await untilSettled(cluster, 2)).keys.ids.length, 1)
  agent.link?.close()
})
