import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { nodeRandom } from '../../ports/node/node-random.ts'
import { type Client, createClient, jsonBody } from '../client/client.ts'
import { sleep } from '../follow-job.ts'
import { type DemoProcess, startDemoProcess } from './demo-process.ts'

export const DEMO_GROUP = 'checkout'
const AGENTS = ['node-a', 'node-b', 'node-c'] as const
const PROCESSES = ['checkout', 'payments'] as const
const HTTP_PORT = 7600
const LINK_PORT = 7601
const READY_TRIES_MAX = 300
const READY_POLL_MS = 100
const GRACE_MS = 5_000

/** What a sample process last said of itself. */
export interface Sighting {
  readonly node: string
  readonly process: string
  readonly event: string
  readonly revision: number
  readonly stale: boolean
  readonly values: Readonly<Record<string, unknown>>
  readonly reason?: string
}

export interface DemoCluster {
  readonly client: Client
  readonly url: string
  readonly adminKeyFile: string
  /** The socket of the first agent, for `konor read`. */
  readonly socket: string
  /** Latest sighting by `NODE/PROCESS`. */
  readonly sightings: ReadonlyMap<string, Sighting>
  /** Every refusal so far. */
  readonly refusals: readonly Sighting[]
  /** Throws when a process ended that should not have. */
  check(): void
  stop(): Promise<void>
}

/** A central, three agents and two sample processes on each: separate operating system processes, all on loopback. */
export async function startDemoCluster(onSighting: () => void): Promise<DemoCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'konor-demo-'))
  const processes: DemoProcess[] = []
  const sightings = new Map<string, Sighting>()
  const refusals: Sighting[] = []
  const stop = async (): Promise<void> => {
    // Processes first, central last, as one would.
    for (const one of processes.splice(0).reverse()) await one.stop(GRACE_MS)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const ports = [await freePort(HTTP_PORT), await freePort(LINK_PORT)]
    const url = `http://127.0.0.1:${ports[0]}`
    const data = join(directory, 'central')
    processes.push(
      konor('central', [
        'up',
        '--data',
        data,
        '--http',
        `127.0.0.1:${ports[0]}`,
        '--link',
        `127.0.0.1:${ports[1]}`,
      ]),
    )
    const adminKeyFile = join(data, 'admin.key')
    await until('central is ready', () => isReady(url), processes)
    const client = createClient({
      url,
      apiKey: readFileSync(adminKeyFile, 'utf8').trim(),
      timeoutMs: 30_000,
      random: nodeRandom,
      trace: () => {},
    })
    const socketOf = (node: string): string => join(directory, `${node}.sock`)
    const cluster: DemoCluster = {
      client,
      url,
      adminKeyFile,
      socket: socketOf(AGENTS[0]),
      sightings,
      refusals,
      check: () => checkRunning(processes),
      stop,
    }
    await declareGroup(client)
    const { token } = await client.write<{ token: string }>('POST', `/api/v1/groups/${DEMO_GROUP}/tokens`, {
      body: jsonBody({ uses: AGENTS.length }),
    })
    for (const node of AGENTS) {
      const args = ['agent', '--data', join(directory, node), '--socket', socketOf(node), '--name', node]
      processes.push(konor(node, args, { KONOR_TOKEN: token }))
    }
    await until('every node is operating', () => allOperating(client), processes)
    for (const node of AGENTS) for (const name of PROCESSES) processes.push(sample(node, name))
    await until(
      'every process has its configuration',
      () => sightings.size === AGENTS.length * PROCESSES.length,
      processes,
    )
    return cluster

    function sample(node: string, name: string): DemoProcess {
      return startDemoProcess({
        name: `${name} on ${node}`,
        args: [programFile('../../../docs/examples/checkout/checkout.js'), DEMO_GROUP, name],
        env: { KONOR_SOCKET: socketOf(node) },
        onLine(line) {
          const said = JSON.parse(line) as Omit<Sighting, 'node'>
          const sighting = { ...said, node }
          sightings.set(`${node}/${name}`, sighting)
          if (said.event === 'refused') refusals.push(sighting)
          onSighting()
        },
      })
    }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

/** The first manifests: two layers and a policy. */
export function demoManifests(values: Readonly<Record<string, unknown>>): string {
  return [
    {
      kind: 'ConfigSet',
      metadata: { path: '/environments/demo' },
      spec: { entries: { region: 'eu-1', 'rate-limit': 50 } },
    },
    { kind: 'ConfigSet', metadata: { path: '/teams/payments' }, spec: { entries: values } },
    {
      kind: 'Group',
      metadata: { name: DEMO_GROUP },
      spec: { sets: ['/environments/demo', '/teams/payments'], policy: 'eventual' },
    },
  ]
    .map(document => JSON.stringify({ apiVersion: 'konorkestra/v1', ...document }))
    .join('\n---\n')
}

async function declareGroup(client: Client): Promise<void> {
  const text = demoManifests({ 'payment-provider': 'acme', 'rate-limit': 100 })
  await client.write('POST', '/api/v1/apply', {
    body: { type: 'application/yaml', text },
    headers: { prefer: 'wait=20' },
  })
}

function konor(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): DemoProcess {
  return startDemoProcess({ name, args: [programFile('../main.js'), ...args], env, onLine: () => {} })
}

function programFile(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`).catch(() => undefined)
  return response?.ok === true
}

async function allOperating(client: Client): Promise<boolean> {
  const nodes = await client.list<{ lifecycle: string }>('/api/v1/nodes')
  return nodes.filter(node => node.lifecycle === 'operating').length === AGENTS.length
}

async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  processes: readonly DemoProcess[],
): Promise<void> {
  for (let tries = 0; tries < READY_TRIES_MAX; tries++) {
    checkRunning(processes)
    if (await check()) return
    await sleep(READY_POLL_MS)
  }
  throw new KonorError('KONOR_CLI_DEMO_FAILED', `waited too long until ${what}`)
}

function checkRunning(processes: readonly DemoProcess[]): void {
  const gone = processes.find(one => !one.running)
  if (gone === undefined) return
  throw new KonorError('KONOR_CLI_DEMO_FAILED', `${gone.name} ended early:\n${gone.tail.join('\n')}`)
}

/** The usual port when it is free, so that the printed address is the one in the documentation; else any. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', () => {
      if (wanted === 0) reject(new KonorError('KONOR_CLI_DEMO_FAILED', 'no port is free on 127.0.0.1'))
      else freePort(0).then(resolve, reject)
    })
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}
