import test from 'ava'
import { RawClient } from '../../agent/socket/testing/raw-client.ts'
import { CrashCluster } from '../crash/crash-cluster.ts'

test('a process is told the time that the policy of its group gives, in every kind of rollout', async t => {
  t.timeout(60_000)
  const timeouts = { applyTimeout: '41s' }
  const groups = ['eventual', 'strong'].map(uses => ({ name: uses, uses, with: timeouts }))
  const cluster = await CrashCluster.start(t, { groups, nodes: 1, processesPerNode: 0 })
  const { control } = cluster
  for (const { name } of groups) {
    const client = await RawClient.open(cluster.socketOf('n1'))
    t.teardown(() => void client.socket.destroy())
    client.hello([{ group: name }], { process: name })
    await client.next()
    await control.submit({ method: 'PUT', path: `/api/v1/config/${name}/limit`, body: { value: 1 } })
    t.like(await client.next(), { event: 'change', group: name, deadlineMs: 41_000 })
    await control.submit({ method: 'POST', path: `/api/v1/groups/${name}/rollout/abort`, body: {} })
    t.like(await client.next(), { event: 'change', group: name, deadlineMs: 41_000 })
  }
})
