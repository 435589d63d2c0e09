import type { LocalMessage, World } from '../../world/world.ts'
import type { ProgramLife } from '../../world/program-life.ts'
import type { Program } from '../../world/program.ts'
import { type CborItem, kindOf, readCbor } from '../read-cbor.ts'

export type Fields = { readonly [key: string]: CborItem }

/** One life of the agent of one machine. */
export interface AgentLife {
  readonly node: string
  /** How often the machine was set up anew: with an empty disk everything begins from nothing. */
  readonly build: number
  readonly program: ProgramLife
}

/** What an agent heard and said, in the one order in which it happened. */
export type AgentEntry = {
  readonly atMs: number
  /** The monotonic clock of its machine, by which its deadlines go. */
  readonly localMs: number
  readonly agent: AgentLife
} & (
  | {
      /** At the agent's end of a local connection: what it read and wrote there, and that it ended. */
      readonly kind: 'heard' | 'said' | 'closed'
      readonly connection: number
      readonly client: ProgramLife
      readonly body: Fields
    }
  /** What a process said, when it left it: the agent may hear it later. */
  | { readonly kind: 'process-said'; readonly client: ProgramLife; readonly body: Fields }
  /** Of a message of central: as the agent heard it. */
  | { readonly kind: 'welcomed' | 'desired' | 'reported'; readonly body: Fields }
  /** A word of central that a peer had kept, by the agent's log: it goes after that from now on. */
  | { readonly kind: 'followed'; readonly body: Fields }
  /** A change of a group that its log tells of: it is durable by then. */
  | { readonly kind: 'logged'; readonly note: LoggedChange }
)

export interface LoggedChange {
  readonly group: string
  readonly cause: string
  /** What is active since. */
  readonly revision: number | undefined
  readonly activation: number | undefined
  readonly fallback: { readonly from: number; readonly reason: string } | null
}

/** Large things that travel inside a message: what they hold is judged by who reads them. */
const LEFT_OUT: ReadonlySet<string> = new Set(['values', 'bytes'])
const KINDS: Readonly<Record<string, 'welcomed' | 'desired' | 'reported'>> = {
  welcome: 'welcomed',
  desire: 'desired',
  report: 'reported',
}

/** Listens to every agent of a world from now on, beside whoever listens already. */
export function recordAgents(world: World): readonly AgentEntry[] {
  const recorder = new Recorder(world)
  const { onWire, onInfo } = world
  world.onWire = message => {
    onWire(message)
    const { isSent, from, to, bytes } = message
    const agent = isSent ? from : to
    if (agent.name.endsWith('/agent')) recorder.link(agent, isSent, bytes)
  }
  world.onInfo = (program, fields) => {
    onInfo(program, fields)
    recorder.log(program as Program, fields)
  }
  world.onLocal = message => recorder.local(message)
  return recorder.entries
}

class Recorder {
  readonly entries: AgentEntry[] = []
  readonly #world: World
  readonly #agents = new Map<ProgramLife, AgentLife>()
  readonly #connections = new Map<object, number>()

  constructor(world: World) {
    this.#world = world
  }

  link(agent: Program, isSent: boolean, bytes: Uint8Array): void {
    const kind = KINDS[kindOf(bytes) ?? '']
    if (kind === undefined || isSent !== (kind === 'reported')) return
    this.entries.push({ ...this.#now(agent), kind, body: readCbor(bytes) as Fields })
  }

  log(agent: Program, fields: object): void {
    if (!agent.name.endsWith('/agent')) return
    const note = fields as LoggedChange
    if (typeof note.cause === 'string') this.entries.push({ ...this.#now(agent), kind: 'logged', note })
    const body = fields as Fields
    if (body['peer'] !== undefined && body['epoch'] !== undefined)
      this.entries.push({ ...this.#now(agent), kind: 'followed', body })
  }

  local({ what, end, server, client, connection, bytes }: LocalMessage): void {
    if (end === 'client' && what !== 'said') return
    const body = bytes === undefined ? {} : bodyOf(bytes)
    if (end === 'client')
      return void this.entries.push({ ...this.#now(server), kind: 'process-said', client: client.life, body })
    const number = this.#connections.get(connection) ?? this.#connections.size + 1
    this.#connections.set(connection, number)
    const { atMs, localMs, agent } = this.#now(server)
    const entry = { atMs, localMs, agent, kind: what, connection: number, client: client.life, body }
    this.entries.push(entry)
  }

  #now(program: Program): Pick<AgentEntry, 'atMs' | 'localMs' | 'agent'> {
    const { machine, life } = program
    let agent = this.#agents.get(life)
    if (agent === undefined) {
      agent = { node: machine.name, build: machine.build, program: life }
      this.#agents.set(life, agent)
    }
    return { atMs: this.#world.nowMs, localMs: machine.monotonicMs(), agent }
  }
}

/** A frame: four bytes that say how long it is, and a CBOR map. Both sides write frames whole. */
function bodyOf(frame: Uint8Array): Fields {
  const body = readCbor(frame.subarray(4)) as Fields
  const isWhole = body['values'] === undefined && body['bytes'] === undefined && body['groups'] === undefined
  if (isWhole) return body
  return slim(body) as Fields
}

function slim(item: CborItem): CborItem {
  if (typeof item !== 'object' || item === null || ArrayBuffer.isView(item)) return item
  if (Array.isArray(item)) return item.map(slim)
  const kept = Object.entries(item as Fields).filter(([key]) => !LEFT_OUT.has(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, slim(value)]))
}
