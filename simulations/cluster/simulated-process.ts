import { type SocketClient, connectClient } from '../../agent/sdk/connect.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { Snapshot } from '../../agent/sdk/snapshot.ts'
import type { Machine } from '../world/machine.ts'
import { Program } from '../world/program.ts'
import { SOCKET_PATH } from './simulated-agent.ts'

/**
 * What a process makes of a change; decided by what it reads, as a real program would. `crash`: when it is told of
 * the change. `crash-loop`: also whenever it starts with it. `crash-later`: takes it, and dies of it a while later, and
 * so does each of its next lives.
 */
export type Behaviour =
  | 'accept'
  | 'reject'
  | 'refuse-to-prepare'
  | 'hang'
  | 'crash'
  | 'crash-loop'
  | 'slow'
  | 'slow-to-prepare'
  | 'crash-later'

/** One look of a process at its group. */
export interface Sighting {
  readonly atMs: number
  readonly node: string
  readonly process: string
  readonly life: number
  readonly snapshot: Snapshot
}

/** What a process could read at the moment in which it was told of something. */
export interface Reading {
  readonly atMs: number
  readonly node: string
  readonly process: string
  readonly told: Snapshot
  /** It is asked whether that may be activated, or told that it is. */
  readonly isCandidate: boolean
  /** The client's own snapshot then, and one of its keys as it is asked for by itself. */
  readonly held: Snapshot
  readonly key: { readonly name: string; readonly value: unknown } | undefined
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
  /** True time at which the listener was done, and at which that life ended; `Infinity` before. */
  doneAtMs: number
  endedAtMs: number
  readonly program: ProgramLife
}

export interface ProcessOptions {
  readonly group: string
  readonly name: string
  /** What it calls itself to its agent: copies of one program share it. Default: its name. */
  readonly process?: string
  readonly settleMs: number
  readonly behaviour: (snapshot: Snapshot) => Behaviour
  /** Told of everything that the process gets to see, in order. */
  readonly onSighting: (sighting: Sighting) => void
  /** Told of each reaction as it begins. */
  readonly onReaction?: (reaction: Reaction) => void
  readonly onReading?: (reading: Reading) => void
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
      {
        group,
        process: this.options.process ?? name,
        instance: `${name}-${life}`,
        socket: SOCKET_PATH,
        settleMs,
      },
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
    this.#mayDieLater(program, life, client, client.snapshot)
    client.onPrepare(({ next }) => {
      this.#read(program, client, next, true)
      const behaviour = this.options.behaviour(next)
      if (behaviour === 'refuse-to-prepare') throw new Error('this value cannot be prepared')
      return behaviour === 'slow-to-prepare' ? takesItsTime(program) : undefined
    })
    client.onChange(({ next }) => {
      this.#look(program, life, next)
      this.#read(program, client, next, false)
      this.#mayDieLater(program, life, client, next)
      return this.#react(program, life, next)
    })
  }

  #react(program: Program, life: number, next: Snapshot): void | Promise<void> {
    const behaviour = nowOf(this.options.behaviour(next))
    const reaction = this.#tell(program, life, next, behaviour)
    const { world } = program.machine
    if (behaviour !== 'hang' && behaviour !== 'slow') reaction.doneAtMs = world.nowMs
    switch (behaviour) {
      case 'reject':
        throw new Error('this value does not work here')
      case 'hang':
        return new Promise(() => {})
      case 'slow':
        return takesItsTime(program).then(() => void (reaction.doneAtMs = world.nowMs))
      case 'crash':
      case 'crash-loop':
        return program.kill('crash')
      default:
    }
  }

  /** Something else that comes before its time saves it. */
  #mayDieLater(program: Program, life: number, client: SocketClient, snapshot: Snapshot): void {
    const { clock, random } = program
    if (this.options.behaviour(snapshot) !== 'crash-later') return
    const { activation } = snapshot
    const lifetime = random.fork(`lifetime ${clock.monotonicMs()}`).fraction()
    clock.startTimer(Math.min(LIFETIME_MS_MAX, -Math.log(1 - lifetime) * LIFETIME_MS_MEAN), () => {
      if (client.snapshot.activation !== activation) return
      this.#tell(program, life, snapshot, 'crash-later')
      program.kill('crash')
    })
  }

  #tell(program: Program, life: number, { group, activation }: Snapshot, behaviour: Behaviour): Reaction {
    const { world, name: node } = program.machine
    const who = { node, process: this.options.name, life }
    const never = { doneAtMs: Infinity, endedAtMs: Infinity }
    const reaction = {
      atMs: world.nowMs,
      ...who,
      group,
      activation,
      behaviour,
      ...never,
      program: program.life,
    }
    if (!program.isAlive) return reaction
    program.onEnd(() => (reaction.endedAtMs = world.nowMs))
    this.options.onReaction?.(reaction)
    return reaction
  }

  #read(program: Program, client: SocketClient, told: Snapshot, isCandidate: boolean): void {
    if (!program.isAlive) return
    const { world, name: node } = program.machine
    const held = client.snapshot
    const [name] = Object.keys(held.values)
    const key = name === undefined ? undefined : { name, value: client.get<unknown>(name, null) }
    const who = { atMs: world.nowMs, node, process: this.options.name }
    this.options.onReading?.({ ...who, told, isCandidate, held, key })
  }

  #look(program: Program, life: number, snapshot: Snapshot): void {
    if (!program.isAlive) return
    const { world, name: node } = program.machine
    this.options.onSighting({ atMs: world.nowMs, node, process: this.options.name, life, snapshot })
  }
}

/** Often short enough for three deaths within the time in which an agent counts them, sometimes not. */
const LIFETIME_MS_MEAN = 1_200
const LIFETIME_MS_MAX = 30_000

/** What it makes of a change at first. */
function nowOf(behaviour: Behaviour): Behaviour {
  return behaviour === 'crash-later' ? 'accept' : behaviour
}

/** Mostly a moment, sometimes longer than anybody waits. */
const SLOW_MS_MEAN = 2_000
const SLOW_MS_MAX = 40_000

/** A listener that works for a while, and is gone with its program. */
function takesItsTime(program: Program): Promise<void> {
  const { clock, random } = program
  const ms = Math.min(
    SLOW_MS_MAX,
    -Math.log(1 - random.fork(`slow ${clock.monotonicMs()}`).fraction()) * SLOW_MS_MEAN,
  )
  return new Promise(resolve => clock.startTimer(ms, resolve))
}
