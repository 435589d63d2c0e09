import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { JobView, RevisionView } from '../../runtime/engine/views.ts'
import { CrashCluster, manifest } from '../crash/crash-cluster.ts'
import { pollUntil } from '../kit/poll-until.ts'

const SMALL = { nodes: 2, processesPerNode: 1 }

test.beforeEach(t => t.timeout(4 * 60_000))

test.serial(
  'a deadline that passes while central is down does not abort what everybody can still do',
  async t => {
    const groups = [{ name: 'ledger', uses: 'strong', with: { stageTimeout: '10s' } }]
    const cluster = await CrashCluster.start(t, { groups, ...SMALL })
    const { control, central, agents } = cluster
    await agents[1]?.kill()
    const job = await accepted(cluster, 'ledger/limit', 1)
    const deadlineAt = await rolling(cluster, 'ledger')
    await central.kill()
    await pollUntil('the deadline has passed', () => Date.now() > deadlineAt)
    central.start()
    // The one that is missing is still missing: nobody decides anything before the world could answer.
    t.is((await control.group('ledger')).state, 'rolling')
    agents[1]?.start()
    t.is((await control.settled(job)).state, 'succeeded')
  },
)

test.serial(
  'a deadline that passes while central is down does not commit what nobody has applied',
  async t => {
    const timeouts = { applyTimeout: '12s', progressTimeout: '5s' }
    const groups = [{ name: 'web', uses: 'eventual', with: timeouts }]
    const cluster = await CrashCluster.start(t, { groups, ...SMALL })
    const { control, central } = cluster
    const before = await control.group('web')
    const job = await accepted(cluster, 'web/behave', 'hang')
    const deadlineAt = await rolling(cluster, 'web')
    await central.kill()
    await pollUntil('the deadline has passed', () => Date.now() > deadlineAt)
    central.start()
    const { committed, state } = await control.group('web')
    t.is(state, 'rolling')
    t.deepEqual(committed, before.committed)
    await putBack(cluster, 'web')
    await restartReaders(cluster)
    t.is((await control.settled(job)).state, 'failed')
    t.is((await control.group('web')).committed?.digest, before.committed?.digest)
  },
)

test.serial('an abort does not wait behind the rollout that it aborts', async t => {
  const groups = [{ name: 'web', uses: 'eventual', with: { applyTimeout: '10m', progressTimeout: '10m' } }]
  const cluster = await CrashCluster.start(t, { groups, ...SMALL })
  const { control } = cluster
  const before = await control.group('web')
  const job = await accepted(cluster, 'web/behave', 'hang')
  await rolling(cluster, 'web')
  const abort = await cluster.konor('rollout', 'abort', 'web')
  t.is(abort.code, 0, abort.stderr)
  // Every process still hangs on what was aborted: nothing of this waited for them.
  const { digest } = await putBack(cluster, 'web')
  t.is(before.committed?.digest, digest)
  await restartReaders(cluster)
  const { state, groups: outcomes } = await control.settled(job)
  t.is(state, 'failed')
  t.is(outcomes[0]?.outcome, 'aborted')
})

test.serial('a restored backup takes agents along that are ahead of it', async t => {
  const groups = [
    { name: 'web', uses: 'eventual', with: { quorum: '100%' } },
    { name: 'ledger', uses: 'strong' },
  ]
  const cluster = await CrashCluster.start(t, { groups, ...SMALL })
  const { control, central, directory, dataDir } = cluster
  const setBoth = (value: number) =>
    Promise.all([control.put('web/limit', value), control.put('ledger/limit', value)])
  await setBoth(1)
  const saved = await committedRevisions(cluster)
  await central.program.stop()
  const file = join(directory, 'backup')
  const backup = await cluster.konor('backup', file, '--data', dataDir)
  t.is(backup.code, 0, backup.stderr)
  for (const value of [2, 3, 4]) {
    await central.restart()
    await setBoth(value)
  }
  const lost = await committedRevisions(cluster)
  await central.kill()
  cluster.dataDir = join(directory, 'restored')
  const restored = await cluster.konor('restore', file, '--data', cluster.dataDir)
  t.is(restored.code, 0, restored.stderr)
  for (const key of ['admin.key', 'cluster.key']) copyFileSync(join(dataDir, key), join(cluster.dataDir, key))
  central.start()
  await pollUntil('the restored central has numbered above what its agents hold', async () => {
    const now = await committedRevisions(cluster)
    return now.every((revision, index) => revision > (lost[index] ?? Infinity))
  })
  t.true(lost.every((revision, index) => revision > (saved[index] ?? Infinity)))
  for (const { name } of groups) t.is((await control.effective(name))['limit'], 1)
  for (const job of await setBoth(5)) t.is(job?.state, 'succeeded', JSON.stringify(job))
  await cluster.converged()
  for (const { name } of groups) {
    const group = await control.group(name)
    const nodes = await control.groupNodes(name)
    t.is((await control.effective(name))['limit'], 5)
    t.deepEqual(
      nodes.map(({ active, digest }) => ({ active, digest })),
      nodes.map(() => ({
        active: group.committed?.revision ?? null,
        digest: group.committed?.digest ?? null,
      })),
    )
    for (const reader of cluster.readers) {
      const seen = cluster.sightingsOf(reader).filter(sighting => sighting.group === name)
      t.is(seen.at(-1)?.digest, group.committed?.digest)
    }
  }
})

test.serial('a process that dies on the candidate has not applied it', async t => {
  const timeouts = { applyTimeout: '3s' }
  const groups = [
    { name: 'web', uses: 'eventual', with: timeouts },
    { name: 'ledger', uses: 'strong', with: timeouts },
  ]
  const cluster = await CrashCluster.start(t, { groups, ...SMALL })
  const { control, readers } = cluster
  for (const { name } of groups) {
    const before = await control.group(name)
    const job = await control.put(`${name}/behave`, 'exit')
    await Promise.all(readers.map(({ member }) => member.program.exited))
    t.is(job?.state, 'failed', JSON.stringify(job))
    t.not(job?.groups[0]?.outcome, 'committed')
    t.is((await control.effective(name))['behave'], undefined)
    t.is((await control.group(name)).committed?.digest, before.committed?.digest)
    await restartReaders(cluster)
    await cluster.converged()
  }
})

test.serial('a value that was rolled back does not return with the next edit of something else', async t => {
  const groups = [{ name: 'web', uses: 'eventual' }]
  const cluster = await CrashCluster.start(t, { groups, ...SMALL })
  const { control } = cluster
  const other = manifest('ConfigSet', { path: '/other' }, { entries: { limit: 1 } })
  const group = manifest('Group', { name: 'web' }, { sets: ['/web', '/other'], policy: 'p-web' })
  const declared = await control.run({ method: 'POST', path: '/api/v1/apply', body: `${other}${group}` })
  t.is(declared?.state, 'succeeded')
  t.is((await control.put('web/behave', 'reject'))?.state, 'failed')
  t.is((await control.put('other/limit', 2))?.state, 'succeeded')
  t.deepEqual(await control.effective('web'), { generation: 0, limit: 2 })
  const { held } = await control.group('web')
  t.deepEqual(
    held.map(({ path }) => path),
    ['/web'],
  )
  // The path is edited again: what its head says counts.
  t.is((await control.run({ method: 'DELETE', path: '/api/v1/config/web/behave' }))?.state, 'succeeded')
  t.deepEqual((await control.group('web')).held, [])
})

/** Waits until what was committed before the candidate went out again as a new revision that every node runs. */
async function putBack({ control }: CrashCluster, name: string): Promise<RevisionView> {
  return pollUntil(`${name} is back at its old content`, async () => {
    const [{ committed }, nodes] = await Promise.all([control.group(name), control.groupNodes(name)])
    if (committed?.kind !== 'restore') return undefined
    return nodes.every(({ active }) => active === committed.revision) ? committed : undefined
  })
}

async function restartReaders({ readers }: CrashCluster): Promise<void> {
  for (const { member } of readers) await (await member.restart()).waitForOutput(/READY/)
}

async function committedRevisions({ control, groups }: CrashCluster): Promise<readonly number[]> {
  const views = await Promise.all(groups.map(name => control.group(name)))
  return views.map(({ committed }) => committed?.revision ?? 0)
}

async function accepted({ control }: CrashCluster, path: string, value: unknown): Promise<JobView['id']> {
  const job = await control.submit({ method: 'PUT', path: `/api/v1/config/${path}`, body: { value } })
  if (job === undefined) throw new Error(`${path} was refused`)
  return job
}

/** Waits until a rollout is under way that some node has taken up; answers when its deadline is, in wall time. */
async function rolling({ control }: CrashCluster, name: string): Promise<number> {
  return pollUntil(`${name} is rolling`, async () => {
    const [{ rollout, candidate }, nodes] = await Promise.all([control.group(name), control.groupNodes(name)])
    const isTaken = nodes.some(({ staged }) => staged !== null && staged === candidate?.revision)
    return isTaken && rollout?.deadlineAt !== undefined ? Date.parse(rollout.deadlineAt) : undefined
  })
}
