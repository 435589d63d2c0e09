import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { NodeView } from '../../runtime/engine/views.ts'
import { ControlClient } from '../crash/control-client.ts'
import { manifest } from '../crash/crash-cluster.ts'
import type { ChildProgram } from '../kit/child-program.ts'
import { freePort } from '../kit/free-port.ts'
import { pollUntil } from '../kit/poll-until.ts'
import { spawnKonor } from '../kit/spawn-konor.ts'
import { tempDir } from '../kit/temp-dir.ts'

/** Fields of the log lines that tell what an agent believes of others, and who it is itself. */
interface Told {
  readonly msg?: string
  readonly event?: string
  readonly member?: string
  readonly members?: number
}

/** An agent as a person starts it: with a token, and nothing said of gossip. */
class AgentProgram {
  readonly name: string
  readonly #start: (name: string, token: string | undefined) => ChildProgram
  program: ChildProgram

  constructor(name: string, token: string, start: (name: string, token: string | undefined) => ChildProgram) {
    this.name = name
    this.#start = start
    this.program = start(name, token)
  }

  /** A later start needs no token. */
  again(): void {
    this.program = this.#start(this.name, undefined)
  }

  get told(): readonly Told[] {
    const lines = this.program.stderr.split('\n').filter(line => line.startsWith('{') && line.endsWith('}'))
    return lines.map(line => JSON.parse(line) as Told)
  }

  get id(): string | undefined {
    return this.told.findLast(({ msg }) => msg === 'takes part in gossip')?.member
  }

  /** Every event that it told of a member, in order. */
  eventsOf(other: string | undefined): readonly string[] {
    return this.told.flatMap(({ event, member }) =>
      event !== undefined && member === other && member !== undefined ? [event] : [],
    )
  }

  believesAlive(other: string | undefined): boolean {
    return ['MEMBER_JOINED', 'MEMBER_ALIVE'].includes(this.eventsOf(other).at(-1) ?? '')
  }

  /** Members, central too, that it met. */
  get met(): number {
    return new Set(this.told.flatMap(({ event, member }) => (event === 'MEMBER_JOINED' ? [member] : []))).size
  }
}

class GossipingCluster {
  readonly control: ControlClient
  readonly agents: AgentProgram[] = []
  readonly #t: ExecutionContext
  readonly #directory: string
  readonly #doors: readonly string[]
  central: ChildProgram

  private constructor(t: ExecutionContext, directory: string, httpPort: number, linkPort: number) {
    this.#t = t
    this.#directory = directory
    this.#doors = ['--http', `127.0.0.1:${httpPort}`, '--link', `127.0.0.1:${linkPort}`]
    this.control = new ControlClient(`http://127.0.0.1:${httpPort}`, join(directory, 'central', 'admin.key'))
    this.central = this.startCentral()
  }

  static async start(t: ExecutionContext, names: readonly string[]): Promise<GossipingCluster> {
    const cluster = new GossipingCluster(t, tempDir(t), await freePort(), await freePort())
    const { control } = cluster
    await control.get('/health/ready')
    const documents = [
      manifest('ConfigSet', { path: '/web' }, { entries: { limit: 1 } }),
      manifest('Group', { name: 'web' }, { sets: ['/web'], policy: 'eventual' }),
    ]
    await control.run({ method: 'POST', path: '/api/v1/apply', body: documents.join('\n') })
    const path = '/api/v1/groups/web/tokens'
    const { body } = await control.send<{ token: string }>('POST', path, { uses: names.length })
    for (const name of names) cluster.agents.push(new AgentProgram(name, body.token, cluster.#startAgent))
    await pollUntil(
      'everyone knows everyone, and central',
      () => cluster.agents.every(({ met }) => met === names.length),
      { onTimeout: () => cluster.describe() },
    )
    return cluster
  }

  startCentral(): ChildProgram {
    const place = ['up', '--data', join(this.#directory, 'central'), ...this.#doors]
    const gossip = ['--gossip', '127.0.0.1:0', '--gossip-preset', 'fast']
    this.central = spawnKonor(this.#t, [...place, ...gossip])
    return this.central
  }

  async liveness(name: string): Promise<string> {
    return (await this.control.get<NodeView>(`/api/v1/nodes/${name}`)).liveness
  }

  describe(): string {
    return [this.central, ...this.agents.map(({ program }) => program)].map(one => one.describe()).join('\n')
  }

  readonly #startAgent = (name: string, token: string | undefined): ChildProgram => {
    const place = ['--data', join(this.#directory, name), '--socket', join(this.#directory, `${name}.sock`)]
    const args = ['agent', ...place, '--name', name, '--log-level', 'debug']
    return spawnKonor(this.#t, args, { env: { KONOR_TOKEN: token, KONOR_GOSSIP: undefined } })
  }
}

test.serial(
  'agents with a token alone know who lives, who died and who left, with and without central',
  async t => {
    t.timeout(3 * 60_000)
    const cluster = await GossipingCluster.start(t, ['n1', 'n2', 'n3'])
    const [n1, n2, n3] = cluster.agents
    if (!n1 || !n2 || !n3) return t.fail()
    const others = [n1, n2]
    const until = (what: string, check: () => boolean | Promise<boolean>): Promise<unknown> =>
      pollUntil(what, check, { timeoutMs: 60_000, onTimeout: () => cluster.describe() })
    const { id } = n3
    await until('it wrote down where the others are', () => n3.told.some(({ members }) => members === 3))

    await n3.program.kill()
    await until('the others know that it died', () =>
      others.every(agent => agent.eventsOf(id).at(-1) === 'MEMBER_DEAD'),
    )
    await until('so does central', async () => (await cluster.liveness('n3')) === 'offline')

    await cluster.central.kill()
    n3.again()
    await until('it is back for the others, without central', () =>
      others.every(agent => agent.believesAlive(id)),
    )
    await until('and knows them', () => others.every(agent => n3.believesAlive(agent.id)))
    t.is(n3.id, id, 'its key is who it is')

    cluster.startCentral()
    await until('all are alive for central', async () => {
      const seen = await Promise.all(cluster.agents.map(({ name }) => cluster.liveness(name)))
      return seen.every(liveness => liveness === 'alive')
    })
    await n3.program.stop()
    await until('the others know that it left', () =>
      others.every(agent => agent.eventsOf(id).at(-1) === 'MEMBER_LEFT'),
    )
    await until('so does central', async () => (await cluster.liveness('n3')) === 'left')
    const verdicts = others.flatMap(agent => others.flatMap(other => agent.eventsOf(other.id)))
    t.true(verdicts.includes('MEMBER_JOINED'))
    t.false(
      verdicts.includes('MEMBER_DEAD') || verdicts.includes('MEMBER_LEFT'),
      'who lived was believed to live',
    )
    for (const { name } of others) t.is(await cluster.liveness(name), 'alive')
  },
)
