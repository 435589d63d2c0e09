import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { silentLogger } from '../logger.ts'
import { readCloudMetadata } from './cloud-metadata.ts'
import { nodeClock } from './node-clock.ts'

/** A metadata service that answers what `answer` says; undefined: 404, `never`: nothing at all. */
async function serve(t: ExecutionContext, answer: (request: IncomingMessage) => string | undefined) {
  const server = createServer((request, response) => {
    const text = answer(request)
    if (text === 'never') return
    response.statusCode = text === undefined ? 404 : 200
    response.end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const read = (provider: string, base: string) =>
  readCloudMetadata({ provider, base, clock: nodeClock, logger: silentLogger })

test('AWS is asked for a token first, and tells region, zone and type', async t => {
  const base = await serve(t, ({ url, method, headers }) => {
    if (url === '/latest/api/token' && method === 'PUT') return 'a-token'
    if (headers['x-aws-ec2-metadata-token'] !== 'a-token') return undefined
    return JSON.stringify({ region: 'eu-west-1', availabilityZone: 'eu-west-1b', instanceType: 'm5.large' })
  })
  t.deepEqual(await read('aws', base), { region: 'eu-west-1', zone: 'eu-west-1b', instanceType: 'm5.large' })
})

test('GCP and Azure are asked as they want to be', async t => {
  const base = await serve(t, ({ url = '', headers }) => {
    if (headers['metadata'] === 'true')
      return JSON.stringify({ location: 'westeurope', zone: '', vmSize: 'B2s' })
    if (headers['metadata-flavor'] !== 'Google') return undefined
    return url.endsWith('zone') ? 'projects/1/zones/europe-west1-b' : 'projects/1/machineTypes/e2-small'
  })
  t.deepEqual(await read('gcp', base), {
    region: 'europe-west1',
    zone: 'europe-west1-b',
    instanceType: 'e2-small',
  })
  t.deepEqual(await read('azure', base), { region: 'westeurope', instanceType: 'B2s' })
})

test('without a cloud nobody is asked; what does not answer, or answers nonsense, holds nobody up', async t => {
  let asked = 0
  const base = await serve(t, ({ url = '' }) => {
    asked++
    if (url.startsWith('/hetzner')) return 'never'
    return url.startsWith('/openstack') ? 'not json' : undefined
  })
  t.deepEqual(await read('bare-metal', base), {})
  t.deepEqual(await read('constructor', base), {})
  t.is(asked, 0)
  for (const provider of ['hetzner', 'openstack', 'aws']) t.deepEqual(await read(provider, base), {})
})
