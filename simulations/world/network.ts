import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Machine } from './machine.ts'
import type { Pipe } from './pipe.ts'
import { Datagrams } from './datagrams.ts'
import { KnownProofs } from './known-proofs.ts'
import type { LinkListener } from './link-listener.ts'
import type { StreamDoor } from './simulated-gossip.ts'
import type { World } from './world.ts'

/** How one direction between two machines behaves. */
export interface PathConditions {
  /** Least time that anything takes. */
  readonly latencyMs: number
  /** Mean of what comes on top, exponentially distributed. */
  readonly jitterMs: number
  /** Share of packets that are lost. A link repeats them, which costs it time; a datagram is gone. */
  readonly loss: number
}

export const GOOD_PATH: PathConditions = { latencyMs: 0.2, jitterMs: 0.1, loss: 0 }

/** What a link waits until it repeats a lost packet; doubled each time. */
const RETRANSMIT_MS = 200
const RETRANSMITS_MAX = 6

interface Path {
  readonly random: SeededRandom
  conditions: PathConditions
  /** How many of the faults that are on now block it. */
  blocks: number
  readonly held: Set<Pipe>
}

/** The network between machines, each direction by itself. */
export class Network {
  readonly world: World
  readonly #machines = new Map<string, Machine>()
  /** By where they begin, then by where they end. */
  readonly #paths = new Map<string, Map<string, Path>>()
  /** Who listens for links, by address. */
  readonly listeners = new Map<string, LinkListener>()
  /** Machines whose links end somewhere else than where they dial to, with the address. */
  readonly detours = new Map<string, string>()
  /** UDP, which gossip alone uses, and who accepts its TCP connections, by `IP:PORT`. */
  readonly datagrams = new Datagrams(this)
  readonly doors = new Map<string, StreamDoor>()
  readonly proofs = new KnownProofs()
  readonly #ips = new Map<Machine, string>()
  /** Names that stand for several machines, as a name with several addresses does. */
  readonly #shared = new Map<string, readonly Machine[]>()
  readonly #resolver: SeededRandom

  constructor(world: World) {
    this.world = world
    this.#resolver = world.random('names')
  }

  add(machine: Machine): void {
    this.#machines.set(machine.name, machine)
    // Numbers beside names, as datagrams go to no name. A name that comes again is another machine.
    const number = this.#ips.size + 1
    const ip = `10.0.${number >> 8}.${number & 255}`
    this.#ips.set(machine, ip)
    this.#machines.set(ip, machine)
  }

  ipOf(machine: Machine): string {
    return this.#ips.get(machine) ?? ''
  }

  /** The machine that `HOST:PORT` names, by name or number. */
  machineAt(address: string): Machine | undefined {
    return this.#machines.get(address.slice(0, address.lastIndexOf(':')))
  }

  addName(name: string, machines: readonly Machine[]): void {
    this.#shared.set(name, machines)
  }

  /** Every machine that `HOST:PORT` names, in the order in which it is told this time. */
  machinesAt(address: string): readonly Machine[] {
    const shared = this.#shared.get(address.slice(0, address.lastIndexOf(':')))
    if (shared === undefined) return [this.machineAt(address)].filter(one => one !== undefined)
    const first = this.#resolver.integer(shared.length)
    return [...shared.slice(first), ...shared.slice(0, first)]
  }

  setConditions(from: string, to: string, conditions: PathConditions): void {
    this.#path(from, to).conditions = conditions
  }

  isBlocked(from: string, to: string): boolean {
    return this.#path(from, to).blocks > 0
  }

  /** Lets nothing through in that direction until as many `unblock` as `block` were said. */
  block(from: string, to: string): void {
    this.#path(from, to).blocks++
  }

  unblock(from: string, to: string): void {
    const path = this.#path(from, to)
    if (path.blocks === 0 || --path.blocks > 0) return
    for (const pipe of path.held) pipe.release()
    path.held.clear()
  }

  /** A pipe has something for a direction that is blocked: it is told when that is over. */
  hold(from: string, to: string, pipe: Pipe): void {
    this.#path(from, to).held.add(pipe)
  }

  /** How long a packet of a link takes, repetitions included. */
  linkDelayMs(from: string, to: string): number {
    const { random, conditions } = this.#path(from, to)
    let delayMs = conditions.latencyMs + this.world.around(random, conditions.jitterMs)
    if (conditions.loss > 0)
      for (let lost = 0; lost < RETRANSMITS_MAX && random.fraction() < conditions.loss; lost++)
        delayMs += RETRANSMIT_MS * 2 ** lost
    return delayMs
  }

  /** How long a datagram takes; undefined when it is lost. */
  datagramDelayMs(from: string, to: string): number | undefined {
    const { random, conditions, blocks } = this.#path(from, to)
    if (blocks > 0 || (conditions.loss > 0 && random.fraction() < conditions.loss)) return undefined
    return conditions.latencyMs + this.world.around(random, conditions.jitterMs)
  }

  #path(from: string, to: string): Path {
    const known = this.#paths.get(from)?.get(to)
    if (known !== undefined) return known
    const random = this.world.random(`path ${from}>${to}`)
    const path: Path = { random, conditions: GOOD_PATH, blocks: 0, held: new Set() }
    const outgoing = this.#paths.get(from) ?? new Map<string, Path>()
    this.#paths.set(from, outgoing.set(to, path))
    return path
  }
}
