import { join } from 'node:path'
import test from 'ava'
import type { Page, TokenView } from '../../runtime/engine/views.ts'
import { CrashCluster } from '../crash/crash-cluster.ts'
import { konorArgs, Member } from '../crash/member.ts'
import { pollUntil } from '../kit/poll-until.ts'
import { spawnKonor } from '../kit/spawn-konor.ts'

const GROUPS = [{ name: 'web', uses: 'eventual' }]

test.beforeEach(t => t.timeout(2 * 60_000))

test.serial('a removed node gets nothing any more, however often it comes back', async t => {
  const cluster = await CrashCluster.start(t, { groups: GROUPS, nodes: 2, processesPerNode: 1 })
  const { control, agents, readers } = cluster
  const [, removed] = agents
  const [honest, cutOff] = readers
  if (removed === undefined || honest === undefined || cutOff === undefined)
    throw new Error('two nodes were asked for')
  const run = await cluster.konor('node', 'remove', 'n2')
  t.is(run.code, 0, run.stderr)
  const seen = cluster.sightingsOf(cutOff).at(-1)
  const isRefused = () => removed.log.includes('KONOR_ENGINE_UNKNOWN_IDENTITY')
  await pollUntil('the node that was linked is refused', isRefused, { onTimeout: () => removed.log })
  t.is((await control.put('web/limit', 1))?.state, 'succeeded')
  // A new start does not help it either.
  removed.pastLogs.length = 0
  await removed.kill()
  removed.pastLogs.length = 0
  removed.start()
  await pollUntil('the node that came back is refused', isRefused, { onTimeout: () => removed.log })
  t.is((await control.put('web/limit', 2))?.state, 'succeeded')
  t.deepEqual(
    (await control.groupNodes('web')).map(({ node }) => node),
    ['n1'],
  )
  t.is(cluster.sightingsOf(honest).at(-1)?.digest, (await control.group('web')).committed?.digest)
  t.is(cluster.sightingsOf(cutOff).at(-1)?.revision, seen?.revision)
})

test.serial('a revoked token and an expired one let nobody in', async t => {
  const cluster = await CrashCluster.start(t, { groups: GROUPS, nodes: 1, processesPerNode: 0 })
  const { control, directory } = cluster
  const created = async (body: object) =>
    (await control.send<{ id: string; token: string }>('POST', '/api/v1/groups/web/tokens', body)).body
  const revoked = await created({ uses: 5 })
  t.is((await control.send('DELETE', `/api/v1/tokens/${revoked.id}`)).status, 204)
  const expired = await created({ uses: 5, expires: '1s' })
  await pollUntil('the token has expired', async () => {
    const { items } = await control.get<Page<TokenView>>('/api/v1/tokens')
    return items.find(({ id }) => id === expired.id)?.state === 'expired'
  })
  for (const [name, { token }] of Object.entries({ revoked, expired })) {
    const place = ['--data', join(directory, name), '--socket', cluster.socketOf(name), '--name', name]
    const agent = spawnKonor(t, ['agent', ...place, '--token', token])
    const { code } = await agent.exited
    t.not(code, 0)
    t.regex(agent.stderr, /KONOR_ENGINE_TOKEN_REFUSED/)
  }
  t.is((await control.groupNodes('web')).length, 1)
})

test.serial('a second central on the same data is refused and harms nothing', async t => {
  const cluster = await CrashCluster.start(t, { groups: GROUPS, nodes: 1, processesPerNode: 1 })
  const at = ['--http', '127.0.0.1:0', '--link', '127.0.0.1:0']
  const second = new Member(t, 'second', 'central', () => konorArgs(['up', '--data', cluster.dataDir, ...at]))
  const { code } = await second.start().exited
  t.is(code, 4)
  t.regex(second.log, /KONOR_JOURNAL_LOCKED/)
  t.is((await cluster.control.put('web/limit', 1))?.state, 'succeeded')
  // Nor does it take over what a killed one leaves, unless it is alone.
  await cluster.central.restart()
  t.is((await cluster.control.put('web/limit', 2))?.state, 'succeeded')
})
