import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import type { Caller, Control } from '../../runtime/engine/control.ts'
import { Machine } from '../world/machine.ts'
import { Network } from '../world/network.ts'
import { Program } from '../world/program.ts'
import type { World } from '../world/world.ts'
import { adminCaller, SimulatedCentral } from './simulated-central.ts'
import { SimulatedAgent } from './simulated-agent.ts'
import { type Behaviour, SimulatedProcess, type Sighting } from './simulated-process.ts'
import type { NodePlan, Topology } from './topology.ts'

/** How long a process lives with its first values until they count as applied. */
const SETTLE_MS = 200
const RESTART_MS = 500
/** Between two tries of a request that must succeed. */
const RETRY_MS = 500

/** A central, nodes with their processes, and an admin, each on a machine of its own in one world. */
export class Cluster {
  readonly world: World
  readonly network: Network
  readonly topology: Topology
  readonly central: SimulatedCentral
  readonly agents = new Map<string, SimulatedAgent>()
  readonly processes: SimulatedProcess[] = []
  /** From where admins ask; it never fails. */
  readonly admin: Program
  readonly sightings: Sighting[] = []

  constructor(world: World, topology: Topology) {
    this.world = world
    this.topology = topology
    this.network = new Network(world)
    this.central = new SimulatedCentral(this.network, this.machine('central'))
    this.admin = new Program(this.machine('admin'), 'admin', 1)
  }

  /** Starts everything; resolves when every node has joined every group of its own, after `run` was called. */
  async begin(): Promise<void> {
    this.central.start()
    await this.insist(control =>
      control.apply([{ file: 'topology', text: this.#manifests() }], {}, caller('begin')),
    )
    for (const node of this.topology.nodes) await this.join(node)
  }

  /** Adds a node: its agent with its tokens, and its processes. */
  async join(node: NodePlan): Promise<void> {
    const machine = this.machine(node.name)
    const agent = new SimulatedAgent(this.network, machine)
    for (const group of node.groups) {
      const { token } = await this.insist(control =>
        control.createToken(group, { uses: 1 }, caller(`join ${node.name} ${group}`)),
      )
      agent.give(token)
    }
    this.agents.set(node.name, agent)
    agent.start()
    for (const { name, group } of node.processes) {
      const process = new SimulatedProcess(machine, {
        group,
        name,
        settleMs: SETTLE_MS,
        restartMs: RESTART_MS,
        behaviour: ({ values }) => behaviourOf(values['behave'], name),
        onSighting: sighting => this.sightings.push(sighting),
      })
      this.processes.push(process)
      process.start()
    }
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

  machine(name: string): Machine {
    const machine = new Machine(this.world, name)
    this.network.add(machine)
    return machine
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
