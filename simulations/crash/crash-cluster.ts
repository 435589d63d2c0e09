import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../kit/free-port.ts'
import { pollUntil } from '../kit/poll-until.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'
import { spawnKonor } from '../kit/spawn-konor.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { ControlClient } from './control-client.ts'
import { konorArgs, Member } from './member.ts'
import { readSightings, type Sighting } from './sighting.ts'

const READER_MAIN = fileURLToPath(new URL('reader-process.js', import.meta.url))

export interface CrashClusterOptions {
  /** Groups, each with one ConfigSet `/GROUP` and the policy it is given; every node belongs to all of them. */
  readonly groups: readonly {
    readonly name: string
    readonly uses: string
    readonly with?: object
  }[]
  readonly nodes?: number
  readonly processesPerNode?: number
  /** Further flags of `konor up`. */
  readonly up?: readonly string[]
}

/** What a reader is: its place, its node and where it writes down what it observes. */
export interface Reader {
  readonly member: Member
  readonly node: string
  readonly logFile: string
}

export interface KonorRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface AnnouncedFallback {
  readonly group: string
  readonly activation: number
}

/** A central, agents and sample processes, each a process of the operating system, all on loopback. */
export class CrashCluster {
  readonly directory: string
  readonly central: Member
  readonly agents: Member[] = []
  readonly readers: Reader[] = []
  readonly control: ControlClient
  /** Where the central keeps its things; a restored one may be put in its place between two lives. */
  dataDir: string
  readonly linkPort: number
  readonly groups: readonly string[]
  readonly #t: TeardownContext

  private constructor(
    t: TeardownContext,
    directory: string,
    ports: readonly [number, number],
    { groups, up = [] }: CrashClusterOptions,
  ) {
    const [httpPort, linkPort] = ports
    this.#t = t
    this.groups = groups.map(({ name }) => name)
    this.directory = directory
    this.linkPort = linkPort
    this.dataDir = join(directory, 'central')
    const at = ['--http', `127.0.0.1:${httpPort}`, '--link', `127.0.0.1:${linkPort}`]
    this.central = new Member(t, 'central', 'central', () =>
      konorArgs(['up', '--data', this.dataDir, ...at, ...up]),
    )
    this.control = new ControlClient(`http://127.0.0.1:${httpPort}`, join(this.dataDir, 'admin.key'))
  }

  /** Resolves when every node has joined every group and every reader follows them. */
  static async start(t: TeardownContext, options: CrashClusterOptions): Promise<CrashCluster> {
    const ports = [await freePort(), await freePort()] as const
    const cluster = new CrashCluster(t, tempDir(t), ports, options)
    cluster.central.start()
    await cluster.#declare(options)
    const nodes = options.nodes ?? 3
    for (let index = 1; index <= nodes; index++) await cluster.addAgent(`n${index}`)
    await cluster.joined(nodes)
    for (const agent of cluster.agents) {
      for (let index = 0; index < (options.processesPerNode ?? 2); index++)
        cluster.addReader(agent.name, `${agent.name}-${'abcdefgh'[index] ?? index}`)
    }
    await Promise.all(cluster.readers.map(({ member }) => member.program.waitForOutput(/READY/)))
    return cluster
  }

  /** Starts an agent that joins every group. */
  async addAgent(name: string): Promise<Member> {
    const tokens: string[] = []
    for (const group of this.groups) tokens.push('--token', await this.token(group))
    const place = ['--data', join(this.directory, name), '--socket', this.socketOf(name), '--name', name]
    const agent = new Member(this.#t, name, 'agent', () => konorArgs(['agent', ...place, ...tokens]))
    this.agents.push(agent)
    agent.start()
    return agent
  }

  addReader(node: string, name: string): Reader {
    const logFile = join(this.directory, `${name}.log`)
    const args = [READER_MAIN, this.socketOf(node), name, logFile, ...this.groups]
    const member = new Member(this.#t, name, 'process', () => args)
    const reader = { member, node, logFile }
    this.readers.push(reader)
    member.start()
    return reader
  }

  async token(group: string): Promise<string> {
    const { body } = await this.control.send<{ token: string }>('POST', `/api/v1/groups/${group}/tokens`, {
      uses: 1,
    })
    return body.token
  }

  /** Runs a verb of `konor` to its end, as an admin of this cluster. */
  async konor(...args: string[]): Promise<KonorRun> {
    const admin = { KONOR_URL: this.control.url, KONOR_API_KEY: this.control.apiKey() }
    const program = spawnKonor(this.#t, args, { env: admin })
    const { code } = await program.exited
    return { code, stdout: program.stdout, stderr: program.stderr }
  }

  socketOf(node: string): string {
    return join(this.directory, `${node}.sock`)
  }

  sightingsOf(reader: Reader): readonly Sighting[] {
    return readSightings(reader.logFile)
  }

  /** Every step back to an older content that the agent of a node told of in its log. */
  fallbacksOf(node: string): readonly AnnouncedFallback[] {
    const agent = this.agents.find(({ name }) => name === node)
    return (agent?.log ?? '').split('\n').flatMap(line => {
      if (!line.includes('"fallback":{')) return []
      return [JSON.parse(line) as AnnouncedFallback]
    })
  }

  get members(): readonly Member[] {
    return [this.central, ...this.agents, ...this.readers.map(({ member }) => member)]
  }

  async joined(nodes: number): Promise<void> {
    for (const group of this.groups)
      await pollUntil(`${nodes} nodes are in ${group}`, async () => {
        const items = await this.control.groupNodes(group)
        return items.length === nodes && items.every(({ liveness }) => liveness === 'alive')
      })
    await this.converged()
  }

  /**
   * Waits until every node of every group runs what the group committed, or says why it does not: a rejection or a
   * local fallback, with its reason.
   */
  async converged(timeoutMs = 90_000): Promise<void> {
    for (const name of this.groups) {
      let seen: unknown
      await pollUntil(
        `every node of ${name} runs what it committed`,
        async () => {
          const [group, nodes] = await Promise.all([this.control.group(name), this.control.groupNodes(name)])
          seen = { group, nodes }
          if (group.candidate !== undefined || group.committed === null) return false
          const { revision, digest } = group.committed
          return nodes.every(
            ({ active, digest: runs, progress, fallback }) =>
              (active === revision && runs === digest) ||
              progress?.reason !== undefined ||
              fallback !== undefined,
          )
        },
        { timeoutMs, onTimeout: () => `${JSON.stringify(seen, null, 1)}\n${this.describe()}` },
      )
    }
  }

  /** The last words of everybody, for the message of a failing test. */
  describe(): string {
    return this.members.map(({ name, log }) => `--- ${name}\n${log.slice(-3_000)}`).join('\n')
  }

  async #declare({ groups }: CrashClusterOptions): Promise<void> {
    await pollUntil(
      'central is ready',
      async () => (await this.control.send('GET', '/health/ready')).status === 200,
    )
    const documents = groups.flatMap(({ name, uses, with: options = {} }) => [
      manifest('Policy', { name: `p-${name}` }, { uses, with: options }),
      manifest('ConfigSet', { path: `/${name}` }, { entries: { generation: 0 } }),
      manifest('Group', { name }, { sets: [`/${name}`], policy: `p-${name}` }),
    ])
    await this.control.run({ method: 'POST', path: '/api/v1/apply', body: documents.join('\n') })
  }
}

/** One document; several of them, one a line behind `---`, are YAML too. */
export function manifest(kind: string, metadata: object, spec: object): string {
  return `---\n${JSON.stringify({ apiVersion: 'konorkestra/v1', kind, metadata, spec })}\n`
}
