import { fileURLToPath } from 'node:url'
import type { GossipConfig } from '../../runtime/gossip/core/config.ts'
import type { PresetName } from '../../runtime/gossip/core/presets.ts'
import { ChildProgram } from '../kit/child-program.ts'
import { pollUntil } from '../kit/poll-until.ts'
import type { TeardownContext } from '../kit/teardown-context.ts'
import type { Command, ProcessBoot, Report, Told } from './member-words.ts'
import { insideNamespace } from './namespaces.ts'
import { nowMs, type Pack, SEEDS, watchForCrash } from './pack.ts'
import { Sightings } from './sightings.ts'

const PROGRAM = fileURLToPath(new URL('member-program.js', import.meta.url))
const LOOPBACK = '127.0.0.1'
/** Fifty processes that start on two cores that others use too. */
const START_TIMEOUT_MS = 120_000

export interface OurPackOptions {
  readonly preset: PresetName
  /** What differs from the preset. */
  readonly change?: Partial<GossipConfig>
  /** Network namespace in which every process runs; left out, the one of the driver. */
  readonly namespace?: string
}

/** Where a process of members runs. */
export interface Place {
  readonly namespace?: string
  /** The address to bind, and the port (0 for any). */
  readonly host?: string
  readonly port?: number
  readonly advertise?: string
}

export type Answer = Extract<Report, { type: 'STATS' | 'ROTATION' }>

interface Seat {
  readonly name: string
  readonly process: ChildProgram
  /** Whether the process hosts this member alone. */
  readonly alone: boolean
  id: string
  address: string
}

/** Members of our own, in as many processes as asked for. */
export class OurPack implements Pack {
  readonly name = 'ours'
  readonly sightings = new Sightings()
  readonly crashes: string[] = []
  readonly #t: TeardownContext
  readonly #options: OurPackOptions
  readonly #seats = new Map<string, Seat>()
  readonly #nameOf = new Map<string, string>()
  readonly #stoppedIn = new Map<string, ChildProgram>()
  readonly #answers: Answer[] = []
  readonly #longestStallMs = new Map<string, number>()
  readonly #told = new Map<string, number>()
  readonly #struck = new Set<ChildProgram>()
  #born = 0

  constructor(t: TeardownContext, options: OurPackOptions) {
    this.#t = t
    this.#options = options
  }

  get members(): readonly string[] {
    return [...this.#seats.keys()]
  }

  get pids(): readonly number[] {
    return [...new Set([...this.#seats.values()].map(({ process }) => process.pid))]
  }

  addressOf(member: string): string {
    return this.#seat(member).address
  }

  /** How often members said this of themselves; one of them, or all together. */
  told(what: Told, by?: string): number {
    return this.#told.get(by === undefined ? what : `${what} ${by}`) ?? 0
  }

  /** How long a member stood still at the longest, as it noticed itself: what it is excused by when it is missed. */
  longestStallMs(member: string): number {
    return this.#longestStallMs.get(member) ?? 0
  }

  /** A member in a process of its own. */
  async add(place: Place = {}): Promise<string> {
    return this.#begin(await this.#spawn(place), true, place)
  }

  /** So many processes, each with so many members. */
  async addCrowds(processes: number, membersEach: number): Promise<void> {
    const crowds = await Promise.all(Array.from({ length: processes }, () => this.#spawn({})))
    for (let round = 0; round < membersEach; round++)
      for (const crowd of crowds) await this.#begin(crowd, false, {})
  }

  /** A new member in the process that hosts another, or did until it was stopped. */
  async addBeside(member: string): Promise<string> {
    const process = this.#stoppedIn.get(member) ?? this.#seat(member).process
    return this.#begin(process, false, {})
  }

  async kill(member: string): Promise<number> {
    const { process, alone } = this.#seat(member)
    this.sightings.ends(member)
    this.#seats.delete(member)
    const atMs = nowMs()
    if (alone) {
      this.#struck.add(process)
      await process.kill()
      return atMs
    }
    this.#stoppedIn.set(member, process)
    send(process, { do: 'stop', name: member })
    return atMs
  }

  /** Says farewell. */
  leave(member: string): void {
    this.sightings.ends(member)
    send(this.#seat(member).process, { do: 'leave', name: member })
    this.#seats.delete(member)
  }

  signal(member: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#seat(member).process.signal(signal)
  }

  /** To one process, by a member of it, or to all. */
  command(command: Command, member?: string): void {
    const seats = member === undefined ? [...this.#seats.values()] : [this.#seat(member)]
    for (const process of new Set(seats.map(seat => seat.process))) send(process, command)
  }

  /** Asks every member, and waits until each has answered. */
  async ask(command: Extract<Command, { do: 'stats' | 'rotation' }>): Promise<Answer[]> {
    this.#answers.length = 0
    this.command(command)
    return pollUntil(`every member answers ${command.do}`, () => {
      const answered = new Set(this.#answers.map(({ by }) => by))
      return this.members.every(member => answered.has(member)) && [...this.#answers]
    })
  }

  describe(): string {
    return this.sightings.describe()
  }

  async #spawn(place: Place): Promise<ChildProgram> {
    const { preset, change = {} } = this.#options
    const boot: ProcessBoot = { preset, change, host: place.host ?? LOOPBACK }
    const namespace = place.namespace ?? this.#options.namespace
    const [file, args] = insideNamespace(namespace, process.execPath, [PROGRAM, JSON.stringify(boot)])
    const child: ChildProgram = new ChildProgram(this.#t, file, args, {
      onLine: line => this.#hear(JSON.parse(line) as Report),
    })
    watchForCrash(child, () => this.#struck.has(child), this.crashes)
    await child.waitUntil('it is ready', () => child.stdout.includes('READY'), {
      timeoutMs: START_TIMEOUT_MS,
    })
    return child
  }

  async #begin(process: ChildProgram, alone: boolean, place: Place): Promise<string> {
    const name = `m${this.#born++}`
    const seeds = [...this.#seats.values()].slice(0, SEEDS).map(({ address }) => address)
    const seat: Seat = { name, process, alone, id: '', address: '' }
    this.#seats.set(name, seat)
    this.sightings.began(name, nowMs())
    const advertise = place.advertise === undefined ? {} : { advertise: place.advertise }
    send(process, { do: 'start', name, port: place.port ?? 0, seeds, ...advertise })
    await process.waitUntil('the member has begun', () => seat.address !== '')
    return name
  }

  #hear(report: Report): void {
    const atMs = nowMs()
    if (report.type === 'STARTED') {
      const seat = this.#seats.get(report.by)
      if (seat !== undefined) Object.assign(seat, { id: report.id, address: report.address })
      this.#nameOf.set(report.id, report.by)
    } else if (report.type === 'SEEN') {
      const of = this.#nameOf.get(report.of) ?? report.of
      this.sightings.add({ by: report.by, sight: report.sight, of, atMs })
    } else if (report.type === 'TOLD') {
      for (const key of [report.what, `${report.what} ${report.by}`])
        this.#told.set(key, (this.#told.get(key) ?? 0) + 1)
      this.#noteStall(report.by, report.lagMs ?? 0)
    } else if (report.type !== 'READY') this.#answers.push(report)
  }

  #noteStall(by: string, lagMs: number): void {
    this.#longestStallMs.set(by, Math.max(lagMs, this.#longestStallMs.get(by) ?? 0))
  }

  #seat(member: string): Seat {
    const seat = this.#seats.get(member)
    if (seat === undefined) throw new Error(`There is no member ${member}: ${this.members.join(' ')}`)
    return seat
  }
}

function send(process: ChildProgram, command: Command): void {
  process.write(`${JSON.stringify(command)}\n`)
}
