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

/** A central, three agents and two sample processes on each: separate operating system processes, on loopback. */
export async function startDemoCluster(onSighting: () => void): Promise<DemoCluster> {
  const host = new DemoHost(await mkdtemp(join(tmpdir(), 'konor-demo-')), onSighting)
  try {
    await host.startCentral()
    await host.startAgents()
    await host.startSamples()
    return host
  } catch (thrown) {
    await host.stop()
    throw thrown
  }
}

class DemoHost implements DemoCluster {
  readonly sightings = new Map<string, Sighting>()
  readonly refusals: Sighting[] = []
  readonly #directory: string
  readonly #onSighting: () => void
  readonly #processes: DemoProcess[] = []
  #client: Client | undefined
  #url = ''

  constructor(directory: string, onSighting: () => void) {
    this.#directory = directory
    this.#onSighting = onSighting
  }

  get url(): string {
    return this.#url
  }

  get client(): Client {
    if (this.#client === undefined) throw new KonorError('KONOR_CLI_DEMO_FAILED', 'central is not up yet')
    return this.#client
  }

  get adminKeyFile(): string {
    return join(this.#directory, 'central', 'admin.key')
  }

  get socket(): string {
    return this.#socketOf(AGENTS[0])
  }

  check(): void {
    const gone = this.#processes.find(one => !one.running)
    if (gone === undefined) return
    throw new KonorError('KONOR_CLI_DEMO_FAILED', `${gone.name} ended early:\n${gone.tail.join('\n')}`)
  }

  async stop(): Promise<void> {
    // Processes first, central last, as one would.
    for (const one of this.#processes.splice(0).toReversed()) await one.stop(GRACE_MS)
    await rm(this.#directory, { recursive: true, force: true })
  }

  async startCentral(): Promise<void> {
    const [http, link] = [await freePort(HTTP_PORT), await freePort(LINK_PORT)]
    this.#url = `http://127.0.0.1:${http}`
    const data = join(this.#directory, 'central')
    const doors = ['--http', `127.0.0.1:${http}`, '--link', `127.0.0.1:${link}`, '--gossip', '127.0.0.1:0']
    this.#processes.push(konor('central', ['up', '--data', data, ...doors]))
    await this.#until('central is ready', () => isReady(this.#url))
    this.#client = createClient({
      url: this.#url,
      apiKey: readFileSync(this.adminKeyFile, 'utf8').trim(),
      timeoutMs: 30_000,
      random: nodeRandom,
      trace: () => {},
    })
    const text = demoManifests({ 'payment-provider': 'acme', 'rate-limit': 100 })
    const body = { type: 'application/yaml', text }
    await this.client.write('POST', '/api/v1/apply', { body, headers: { prefer: 'wait=20' } })
  }

  async startAgents(): Promise<void> {
    const route = `/api/v1/groups/${DEMO_GROUP}/tokens`
    const body = jsonBody({ uses: AGENTS.length })
    const { token } = await this.client.write<{ token: string }>('POST', route, { body })
    for (const node of AGENTS) {
      const data = join(this.#directory, node)
      const args = ['agent', '--data', data, '--socket', this.#socketOf(node), '--name', node]
      this.#processes.push(konor(node, args, { KONOR_TOKEN: token }))
    }
    await this.#until('every node is operating', () => allOperating(this.client))
  }

  async startSamples(): Promise<void> {
    for (const node of AGENTS) for (const name of PROCESSES) this.#processes.push(this.#sample(node, name))
    const expected = AGENTS.length * PROCESSES.length
    await this.#until('every process has its configuration', () => this.sightings.size === expected)
  }

  #sample(node: string, name: string): DemoProcess {
    return startDemoProcess({
      name: `${name} on ${node}`,
      args: [programFile('../../../docs/examples/checkout/checkout.js'), DEMO_GROUP, name],
      env: { KONOR_SOCKET: this.#socketOf(node) },
      onLine: line => {
        const sighting: Sighting = { ...(JSON.parse(line) as Omit<Sighting, 'node'>), node }
        this.sightings.set(`${node}/${name}`, sighting)
        if (sighting.event === 'refused') this.refusals.push(sighting)
        this.#onSighting()
      },
    })
  }

  async #until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < READY_TRIES_MAX; tries++) {
      this.check()
      if (await check()) return
      await sleep(READY_POLL_MS)
    }
    throw new KonorError('KONOR_CLI_DEMO_FAILED', `waited too long until ${what}`)
  }

  #socketOf(node: string): string {
    return join(this.#directory, `${node}.sock`)
  }
}

/** The first manifests: two layers and a policy. */
function demoManifests(values: Readonly<Record<string, unknown>>): string {
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
