import { type SocketClient, connectClient } from '../../agent/sdk/connect.ts'
import type { Snapshot } from '../../agent/sdk/snapshot.ts'
import type { Machine } from '../world/machine.ts'
import { Program } from '../world/program.ts'
import { SOCKET_PATH } from './simulated-agent.ts'

/**
 * What a process makes of a change; decided by what it reads, as a real program would. `crash`: when it is told of
 * the change. `crash-loop`: also whenever it starts with it.
 */
export type Behaviour = 'accept' | 'reject' | 'refuse-to-prepare' | 'hang' | 'crash' | 'crash-loop'

/** One look of a process at its group. */
export interface Sighting {
  readonly atMs: number
  readonly node: string
  readonly process: string
  readonly life: number
  readonly snapshot: Snapshot
}

/** What a process made of a change that it was told of. */
export interface Reaction {
  readonly atMs: number
  readonly node: string
  readonly process: string
  readonly life: number
  readonly group: string
  readonly activation: number
  readonly behaviour: Behaviour
  /** True time at which that life ended; `Infinity` while it goes on. */
  endedAtMs: number
}

export interface ProcessOptions {
  readonly group: string
  readonly name: string
  readonly settleMs: number
  readonly behaviour: (snapshot: Snapshot) => Behaviour
  /** Told of everything that the process gets to see, in order. */
  readonly onSighting: (sighting: Sighting) => void
  /** Told of each reaction as it begins. */
  readonly onReaction?: (reaction: Reaction) => void
  /** How long after a crash its supervisor starts it again. */
  readonly restartMs: number
}

/** A process of a user: reads its configuration through the real SDK, and lives under a supervisor. */
export class SimulatedProcess {
  readonly machine: Machine
  readonly options: ProcessOptions
  #lives = 0
  #program: Program | undefined
  #client: SocketClient | undefined
  #isWanted = false

  constructor(machine: Machine, options: ProcessOptions) {
    this.machine = machine
    this.options = options
  }

  get program(): Program | undefined {
    return this.#program?.isAlive === true ? this.#program : undefined
  }

  /** What the process would read now; undefined while it does not run. */
  get snapshot(): Snapshot | undefined {
    return this.program === undefined ? undefined : this.#client?.snapshot
  }

  start(): void {
    this.#isWanted = true
    if (this.program !== undefined || !this.machine.isUp) return
    const { name, restartMs } = this.options
    const program = new Program(this.machine, `${this.machine.name}/${name}`, ++this.#lives)
    this.#program = program
    this.#client = undefined
    program.onEnd(end => {
      if (end === 'crash')
        program.machine.world.after(restartMs, () => this.#isWanted && this.machine.isUp && this.start())
    })
    void this.#run(program, this.#lives)
  }

  /** Says `bye` and ends. */
  async stop(): Promise<void> {
    this.#isWanted = false
    const { program } = this
    await this.#client?.close()
    program?.kill('exit')
  }

  async #run(program: Program, life: number): Promise<void> {
    const { group, name, settleMs } = this.options
    const { clock, random, faults, machine } = program
    const client = await connectClient(
      { group, process: name, instance: `${name}-${life}`, socket: SOCKET_PATH, settleMs },
      { clock, random, faults, dial: machine.sockets.dialAs(program), pid: life },
    ).catch((error: unknown) => {
      // The group may not be there yet: a supervisor tries again.
      program.machine.world.tell(program.name, `could not connect: ${String(error)}`)
      program.kill('crash')
      return undefined
    })
    if (client === undefined || !program.isAlive) return
    this.#client = client
    this.#look(program, life, client.snapshot)
    if (this.options.behaviour(client.snapshot) === 'crash-loop') {
      this.#tell(program, life, client.snapshot, 'crash-loop')
      return program.kill('crash')
    }
    client.onPrepare(({ next }) => {
      const behaviour = this.options.behaviour(next)
      if (behaviour === 'refuse-to-prepare') throw new Error('this value cannot be prepared')
    })
    client.onChange(({ next }) => {
      this.#look(program, life, next)
      return this.#react(program, life, next)
    })
  }

  #react(program: Program, life: number, next: Snapshot): void | Promise<void> {
    const behaviour = this.options.behaviour(next)
    this.#tell(program, life, next, behaviour)
    switch (behaviour) {
      case 'reject':
        throw new Error('this value does not work here')
      case 'hang':
        return new Promise(() => {})
      case 'crash':
      case 'crash-loop':
        return program.kill('crash')
      default:
    }
  }

  #tell(program: Program, life: number, { group, activation }: Snapshot, behaviour: Behaviour): void {
    if (!program.isAlive) return
    const { world, name: node } = program.machine
    const who = { node, process: this.options.name, life }
    const reaction = { atMs: world.nowMs, ...who, group, activation, behaviour, endedAtMs: Infinity }
    program.onEnd(() => (reaction.endedAtMs = world.nowMs))
    this.options.onReaction?.(reaction)
  }

  #look(program: Program, life: number, snapshot: Snapshot): void {
    if (!program.isAlive) return
    const { world, name: node } = program.machine
    this.options.onSighting({ atMs: world.nowMs, node, process: this.options.name, life, snapshot })
  }
}
