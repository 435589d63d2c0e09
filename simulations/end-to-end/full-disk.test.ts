import { statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ControlClient } from '../crash/control-client.ts'
import { manifest } from '../crash/crash-cluster.ts'
import { freePort } from '../kit/free-port.ts'
import { pollUntil } from '../kit/poll-until.ts'
import { smallDisk, testWithSmallDisk } from '../kit/small-disk.ts'
import { spawnKonor } from '../kit/spawn-konor.ts'

const VALUE_CHARACTERS = 200_000

testWithSmallDisk('a full disk refuses writes, keeps serving reads, and takes writes again', async t => {
  t.timeout(2 * 60_000)
  const disk = await smallDisk(t)
  const [http, link] = [`127.0.0.1:${await freePort()}`, '127.0.0.1:0']
  const dataDir = join(disk, 'data')
  const central = spawnKonor(t, ['up', '--data', dataDir, '--http', http, '--link', link])
  const control = new ControlClient(`http://${http}`, join(dataDir, 'admin.key'))
  await pollUntil('central is ready', async () => (await control.send('GET', '/health/ready')).status === 200)
  const body = manifest('ConfigSet', { path: '/app' }, { entries: { limit: 1 } })
  t.is((await control.run({ method: 'POST', path: '/api/v1/apply', body }))?.state, 'succeeded')

  const filler = join(disk, 'filler')
  fill(disk, filler)
  const refused = await pollUntil('a write is refused', async () => {
    const value = 'x'.repeat(VALUE_CHARACTERS)
    const answer = await control.send<{ code: string }>('PUT', '/api/v1/config/app/big', { value })
    return answer.status === 202 ? undefined : answer
  })
  t.is(refused.status, 507)
  t.is(refused.body.code, 'KONOR_JOURNAL_FULL')
  t.true(central.running, central.describe())
  t.like(await control.get('/api/v1/config/app/limit'), { value: 1 })

  truncateSync(filler, 0)
  const job = await pollUntil('a write is taken again', async () => {
    const answer = await control.send<{ id: string }>('PUT', '/api/v1/config/app/limit', { value: 2 })
    return answer.status === 202 ? answer.body.id : undefined
  })
  t.is((await control.settled(job)).state, 'succeeded')
  t.like(await control.get('/api/v1/config/app/limit'), { value: 2 })
  const { code } = await central.stop()
  t.is(code, 0)
})

/** Takes what is left of the disk. */
function fill(disk: string, file: string): void {
  const { bavail, bsize } = statfsSync(disk)
  const spare = Math.max(0, bavail * bsize)
  writeFileSync(file, Buffer.alloc(spare))
}
