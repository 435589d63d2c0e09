import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import type { Caller, Control } from '../../runtime/engine/control.ts'
import { Machine } from '../world/machine.ts'
import { Network } from '../world/network.ts'
import { Program } from '../world/program.ts'
import type { World } from '../world/world.ts'
import { GossipLog } from './gossip-log.ts'
import { Centrals } from './centrals.ts'
import { adminCaller } from './simulated-central.ts'
import { SimulatedReceiver } from './simulated-receiver.ts'
import { SimulatedAgent } from './simulated-agent.ts'
import {
  type Behaviour,
  type Reaction,
  type Reading,
  SimulatedProcess,
  type Sighting,
} from './simulated-process.ts'
import { type ReadThrough, SnapshotReader } from './snapshot-reader.ts'
import { STALE_MACHINE, StaleCentral } from './stale-central.ts'
import type { NodePlan, Topology } from './topology.ts'

/** How long a process lives with its first values until they count as applied. */
const SETTLE_MS = 200
const RESTART_MS = 500
/** Between two tries of a request that must succeed. */
const RETRY_MS = 500

/** A node went back in a group by itself, with the activation that it began. */
export interface Fallback {
  readonly node: string
  readonly group: string
  readonly activation: number
}

/**
 * One central or several, nodes with their processes, and an admin, each on a machine of its own in one
 * world.
 */
export class Cluster {
  readonly world: World
  readonly network: Network
  readonly topology: Topology
  readonly central: Centrals
  readonly staleCentral: StaleCentral
  readonly gossip = new GossipLog()
  /** Who is told of alerts, where somebody is. */
  readonly receiver: SimulatedReceiver | undefined
  readonly agents = new Map<string, SimulatedAgent>()
  readonly processes = new Map<string, SimulatedProcess>()
  readonly #gone = new Set<string>()
  readonly machines = new Map<string, Machine>()
  /** From where admins ask; it never fails. */
  readonly admin: Program
  readonly sightings: Sighting[] = []
  readonly reactions: Reaction[] = []
  readonly readings: Reading[] = []
  readonly readThroughs: ReadThrough[] = []
  readonly #readers: { readonly machine: Machine; readonly reader: SnapshotReader }[] = []
  /** Steps back to older content, as agents told of them. */
  readonly fallbacks: Fallback[] = []
  /** Machines that began anew, with nothing on their disks. */
  readonly rebuilt: { readonly node: string; readonly atMs: number }[] = []

  constructor(world: World, topology: Topology) {
    this.world = world
    this.topology = topology
    this.network = new Network(world)
    const { gossip: preset } = topology
    const gossip = preset && { preset, log: this.gossip }
    const { checkpointRecords } = topology
    const { receivers: targets } = topology
    const receiver =
      targets === undefined ? undefined : new SimulatedReceiver(this.network, this.machine('receiver'))
    this.receiver = receiver
    const ways = {
      ...(targets !== undefined && receiver && { alerts: { receiver, targets } }),
      ...(gossip && { gossip }),
      ...(checkpointRecords === undefined ? {} : { checkpointRecords }),
    }
    this.central = new Centrals(this.network, name => this.machine(name), {
      count: topology.centrals ?? 1,
      kind: topology.log ?? 'plain',
      ...ways,
    })
    this.admin = new Program(this.machine('admin'), 'admin', 1)
    world.onInfo = (program, fields) => this.#noteFallback(program, fields)
    this.staleCentral = new StaleCentral(this.network, this.central.keyPair, () =>
      this.machine(STALE_MACHINE),
    )
    const { onWire } = world
    world.onWire = message => {
      onWire(message)
      this.staleCentral.overhear(message)
    }
  }

  /**
   * Starts everything; resolves when every node has joined every group of its own, after `run` was called.
   */
  async begin(): Promise<void> {
    this.central.start()
    await this.insist(control =>
      control.apply([{ file: 'topology', text: this.#manifests() }], {}, caller('begin')),
    )
    for (const node of this.topology.nodes) await this.join(node)
  }

  /** Asks for tokens and adds the node. */
  async join(node: NodePlan): Promise<void> {
    const tokens: string[] = []
    for (const group of node.groups) {
      const made = await this.insist(control =>
        control.createToken(group, { uses: 1 }, caller(`join ${node.name} ${group}`)),
      )
      tokens.push(made.token)
    }
    this.addNode(node, tokens)
  }

  /** Adds a machine, or replaces one of that name, with an agent that has these tokens, and processes. */
  addNode(node: NodePlan, tokens: readonly string[], machineName = node.name): void {
    if (this.#gone.has(machineName)) return
    if (this.machines.has(machineName)) this.rebuilt.push({ node: machineName, atMs: this.world.nowMs })
    this.machines.get(machineName)?.powerOff()
    const machine = this.machine(machineName)
    const agent = new SimulatedAgent(this.network, machine, tokens, node.name, this.gossip)
    this.agents.set(machineName, agent)
    agent.start()
    this.addProcesses(node, machine)
  }

  /** Starts the processes of a node; what they make of a change is said by its value, unless it is said here. */
  addProcesses(node: NodePlan, machine: Machine, behaviour?: () => Behaviour): void {
    for (const { name, group, process: shared } of node.processes) {
      const process = new SimulatedProcess(machine, {
        group,
        name,
        ...(shared === undefined ? {} : { process: shared }),
        settleMs: SETTLE_MS,
        restartMs: RESTART_MS,
        behaviour: behaviour ?? (({ values }) => behaviourOf(values['behave'], shared ?? name)),
        onSighting: sighting => this.sightings.push(sighting),
        onReaction: reaction => this.reactions.push(reaction),
        onReading: reading => this.readings.push(reading),
      })
      this.processes.set(`${node.name}/${name}`, process)
      process.start()
    }
  }

  /** Somebody reads a group of a node piece by piece from now on. */
  addReader(machineName: string, group: string): void {
    const machine = this.machines.get(machineName)
    if (machine === undefined) return
    const reader = new SnapshotReader(machine, group, read => this.readThroughs.push(read))
    this.#readers.push({ machine, reader })
    reader.start()
  }

  /** Asks central until it answers; what it refuses for good is thrown. */
  async insist<T>(work: (control: Control) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.central.request(this.admin, work)
      } catch (error) {
        if (!isRetryable(error)) throw error
        await new Promise<void>(resolve => this.admin.later(RETRY_MS, resolve))
      }
    }
  }

  /** The program of that name (`central`, `n1/agent`, `n1/PROCESS`) as it runs now. */
  program(name: string): Program | undefined {
    const central = this.central.get(name)
    if (central !== undefined) return central.program
    const [node = '', what] = name.split('/')
    return what === 'agent' ? this.agents.get(node)?.program : this.processes.get(name)?.program
  }

  /** Starts a program that does not run, unless its machine has no power or it left for good. */
  start(name: string): void {
    const central = this.central.get(name)
    if (central !== undefined) return central.start()
    const [node = '', what] = name.split('/')
    if (what === 'agent') this.agents.get(node)?.start()
    else this.processes.get(name)?.start()
  }

  startAll(): void {
    this.central.start()
    for (const agent of this.agents.values()) agent.start()
    for (const process of this.processes.values()) process.start()
  }

  losePower(machine: string): void {
    const central = this.central.get(machine)
    if (central !== undefined) central.losePower()
    else this.machines.get(machine)?.powerOff()
  }

  /**
   * The machine loses power and is not seen again, nor another that took its name, whoever would set it up
   * anew.
   */
  loseForGood(machine: string): void {
    const namesakes = [...this.agents].filter(([, { node }]) => node === machine).map(([name]) => name)
    for (const name of [machine, ...namesakes]) {
      this.#gone.add(name)
      this.losePower(name)
    }
  }

  /** The machine has power, and starts what ran there. */
  regainPower(machine: string): void {
    this.machines.get(machine)?.powerOn()
    this.central.get(machine)?.start()
    this.agents.get(machine)?.start()
    for (const one of this.#readers) if (one.machine.name === machine) one.reader.start()
    for (const process of this.processes.values()) if (process.machine.name === machine) process.start()
  }

  machine(name: string): Machine {
    const machine = new Machine(this.world, name)
    this.machines.set(name, machine)
    this.network.add(machine)
    return machine
  }

  #noteFallback(program: Pick<Program, 'name' | 'machine'>, fields: object): void {
    const { fallback, group, activation } = fields as Partial<Fallback> & { readonly fallback?: unknown }
    if (typeof fallback !== 'object' || fallback === null || group === undefined || activation === undefined)
      return
    const { from, reason } = fallback as { readonly from?: unknown; readonly reason?: unknown }
    this.world.tell(
      program.name,
      `went back from revision ${String(from)} of ${group} by itself: ${String(reason)}`,
    )
    this.fallbacks.push({ node: program.machine.name, group, activation })
  }

  #manifests(): string {
    const sets = new Set(this.topology.groups.flatMap(group => group.sets))
    const documents = [
      ...this.topology.groups.map(({ name, policy }) => document('Policy', { name: `p-${name}` }, policy)),
      ...[...sets].map(path =>
        document('ConfigSet', { path }, { entries: { [`at${path.replaceAll('/', '-')}`]: 0 } }),
      ),
      ...this.topology.groups.map(({ name, sets: paths }) =>
        document('Group', { name }, { sets: paths, policy: `p-${name}` }),
      ),
    ]
    return documents.join('')
  }
}

function caller(idempotencyKey: string): Caller {
  return { ...adminCaller('admin'), idempotencyKey, requestDigest: digestOf(idempotencyKey) }
}

function isRetryable(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'spec' in error && Object(error.spec).retryable === true
  )
}

/** `reject`, `hang`, … for everybody, or `reject:NAME` for one process. */
function behaviourOf(value: unknown, process: string): Behaviour {
  const [behaviour, only] = typeof value === 'string' ? value.split(':') : []
  if (only !== undefined && only !== process) return 'accept'
  return (behaviour ?? 'accept') as Behaviour
}

function document(kind: string, metadata: object, spec: object): string {
  return `---\n${JSON.stringify({ apiVersion: 'konorkestra/v1', kind, metadata, spec })}\n`
}
