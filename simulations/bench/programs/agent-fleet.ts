import type { SightKind } from '../../gossip-lab/member-words.ts'
import { Sightings } from '../../gossip-lab/sightings.ts'
import type { ChildProgram } from '../../kit/child-program.ts'
import { pollUntil } from '../../kit/poll-until.ts'
import { spawnKonor } from '../../kit/spawn-konor.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { BenchContext } from '../bench.ts'
import {
  applyManifests,
  type CentralProgram,
  createToken,
  groupManifests,
  startCentralProgram,
} from './central.ts'
import { followEvents } from './event-stream.ts'
import { expectStatus } from './http-client.ts'

const GROUP = 'fleet'
const START_TIMEOUT_MS = 300_000
/** Agents that start at the same time: all at once would only wait for one another. */
const STARTS_AT_ONCE = 5

const SIGHTS: Readonly<Record<string, SightKind>> = {
  MEMBER_JOINED: 'up',
  MEMBER_ALIVE: 'up',
  MEMBER_SUSPECT: 'suspect',
  MEMBER_DEAD: 'down',
  MEMBER_LEFT: 'left',
}

interface Sight {
  readonly by: string
  readonly sight: SightKind
  readonly member: string
  readonly atMs: number
}

/** What one death took, in milliseconds from the blow. */
export interface FleetDeath {
  readonly firstAgentMs: number
  readonly lastAgentMs: number
  /** Until central's event stream called the node offline, which is after it was journaled. */
  readonly centralMs: number
}

/** Real `konor agent`, a process each, and a real `konor up`: what their logs and central's events say of deaths. */
export class AgentFleet {
  readonly sightings = new Sightings()
  readonly #context: BenchContext
  readonly #central: CentralProgram
  readonly #token: string
  readonly #programs = new Map<string, ChildProgram>()
  readonly #directories = new Map<string, string>()
  readonly #nodeOf = new Map<string, string>()
  readonly #early: Sight[] = []
  readonly #offlineAtMs = new Map<string, number>()
  #falselyOffline = 0

  private constructor(context: BenchContext, central: CentralProgram, token: string) {
    this.#context = context
    this.#central = central
    this.#token = token
  }

  static async start(context: BenchContext, agents: number): Promise<AgentFleet> {
    const central = await startCentralProgram(context)
    await applyManifests(central.http, groupManifests(GROUP, '/fleet', { uses: 'eventual', with: {} }))
    const fleet = new AgentFleet(context, central, await createToken(central.http, GROUP, agents))
    await followEvents(context, central.url, central.apiKey, (type, data) => fleet.#hearCentral(type, data))
    for (let index = 0; index < agents; index += STARTS_AT_ONCE) {
      const names = Array.from(
        { length: Math.min(STARTS_AT_ONCE, agents - index) },
        (_, i) => `n${index + i}`,
      )
      for (const name of names) fleet.#startAgent(name)
      await fleet.#untilMembers([...fleet.#programs.keys()])
    }
    await fleet.untilAgreed()
    return fleet
  }

  get agents(): readonly string[] {
    return [...this.#programs.keys()]
  }

  /** Nodes that central called offline while their agents ran. */
  get falselyOffline(): number {
    return this.#falselyOffline
  }

  /** SIGKILL to one agent, until all others and central know; then it starts again, and everyone sees it. */
  async kill(node: string): Promise<FleetDeath> {
    const program = this.#programs.get(node)
    if (program === undefined) throw new Error(`There is no agent ${node}.`)
    this.sightings.ends(node)
    this.#programs.delete(node)
    this.#offlineAtMs.delete(node)
    const before = this.sightings.deathTimesMs(node).length
    const killedAtMs = performance.now()
    await program.kill()
    await pollUntil(
      `all know that ${node} is dead`,
      () => this.sightings.isSeenByNone(node) && this.#offlineAtMs.has(node),
      { timeoutMs: START_TIMEOUT_MS, onTimeout: () => this.sightings.describe() },
    )
    const deaths = this.sightings.deathTimesMs(node).slice(before)
    this.#startAgent(node)
    await this.untilAgreed()
    return {
      firstAgentMs: (deaths[0] ?? Number.NaN) - killedAtMs,
      lastAgentMs: (deaths.at(-1) ?? Number.NaN) - killedAtMs,
      centralMs: (this.#offlineAtMs.get(node) ?? Number.NaN) - killedAtMs,
    }
  }

  async untilAgreed(): Promise<void> {
    await pollUntil('every agent sees every other', () => this.sightings.agreed, {
      timeoutMs: START_TIMEOUT_MS,
      onTimeout: () => this.sightings.describe(),
    })
  }

  #startAgent(name: string): void {
    const directory = this.#directories.get(name) ?? tempDir(this.#context)
    const isNew = !this.#directories.has(name)
    this.#directories.set(name, directory)
    this.sightings.began(name, performance.now())
    const args = ['agent', '--data', directory, '--socket', `${directory}/agent.sock`, '--name', name]
    const program = spawnKonor(this.#context, [...args, ...(isNew ? ['--token', this.#token] : [])], {
      env: { KONOR_LOG_LEVEL: 'debug' },
      onErrorLine: line => this.#hearAgent(name, line),
    })
    this.#programs.set(name, program)
  }

  /** Members are named by their keys: central tells which node has which. */
  async #untilMembers(nodes: readonly string[]): Promise<void> {
    await pollUntil(
      `${nodes.length} nodes take part in gossip`,
      async () => {
        const answer = await this.#central.http.send('GET', '/api/v1/gossip')
        const { members } = expectStatus(answer, 200) as {
          readonly members: readonly { readonly node: string | null; readonly member: string }[]
        }
        for (const { node, member } of members) if (node !== null) this.#nodeOf.set(member, node)
        const known = new Set(this.#nodeOf.values())
        return nodes.every(node => known.has(node))
      },
      { timeoutMs: START_TIMEOUT_MS },
    )
    for (const sight of this.#early.splice(0)) this.#note(sight)
  }

  #hearAgent(by: string, line: string): void {
    if (!line.includes('"event":"MEMBER_')) return
    const { event, member } = JSON.parse(line) as { readonly event: string; readonly member: string }
    const sight = SIGHTS[event]
    if (sight !== undefined) this.#note({ by, sight, member, atMs: performance.now() })
  }

  /** Central is a member too, of no node: what is said of it never leaves the waiting list. */
  #note(seen: Sight): void {
    const of = this.#nodeOf.get(seen.member)
    if (of === undefined) this.#early.push(seen)
    else this.sightings.add({ by: seen.by, sight: seen.sight, of, atMs: seen.atMs })
  }

  #hearCentral(type: string, data: Readonly<Record<string, unknown>>): void {
    if (type !== 'node.liveness' || data['liveness'] !== 'offline') return
    const node = String(data['node'])
    this.#offlineAtMs.set(node, performance.now())
    if (this.#programs.has(node)) this.#falselyOffline++
  }
}
