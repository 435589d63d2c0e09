import type { FaultPoint } from '../../runtime/ports/fault-points.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { createDrain } from './drain-microtasks.ts'
import { EventBudget } from './event-budget.ts'
import type { Program } from './program.ts'
import type { ProgramLife } from './program-life.ts'
import { Story, type StoryLine } from './story.ts'
import { Trace } from './trace.ts'

/** Told of what programs log as information, which is too much for a story. */
export type InfoListener = (program: Pick<Program, 'name' | 'machine'>, fields: object) => void

/** A message on a link, as it leaves one program or reaches the handler of the other. */
export interface WireMessage {
  readonly isSent: boolean
  readonly from: Program
  readonly to: Program
  /** One object for both directions of one link. */
  readonly link: object
  readonly bytes: Uint8Array
}

/** What happens at one end of a connection over a Unix socket of a machine: what is written there, read, or its end. */
export interface LocalMessage {
  readonly what: 'said' | 'heard' | 'closed'
  readonly end: 'server' | 'client'
  readonly server: Program
  readonly client: Program
  /** One object for both ends. */
  readonly connection: object
  /** Of what is said or heard: whole frames. */
  readonly bytes?: Uint8Array
}

/** One end of a link is over: its own program closed it, or heard so. */
export interface LinkEnd {
  readonly by: Program
  readonly other: Program | undefined
  readonly link: object
  /** Of the error that it was closed with; empty for none. */
  readonly code: string
}

/** A program tries to reach somebody, or has given up, with the code of why. */
export interface LinkDial {
  readonly by: Program
  readonly failure?: string
}

export interface WorldOptions {
  /** Everything takes as long as it does on average. Default: false. */
  readonly isSteady?: boolean
  /** More events in a second of virtual time are endless work, and end the run. Default: as many as there are. */
  readonly eventsPerSecondMax?: number
}

/** Told of each point in product code that a program passes; it may crash or stop the program there. */
export type PointListener = (program: Program, point: FaultPoint) => void

/**
 * The one thread in which everything of a run happens: true time, what is due when, where randomness comes from, and
 * what is written down about it. Between two events every promise is run to its end, so the order of events alone
 * decides what happens; and that order is (deadline, insertion).
 */
export class World {
  /** True time. Programs see the clocks of their machines. */
  readonly clock = new VirtualClock()
  readonly trace = new Trace()
  readonly story = new Story()
  /** Every program that ever ran. */
  readonly lives: ProgramLife[] = []
  readonly #random: SeededRandom
  readonly #drain = createDrain()
  readonly #builds = new Map<string, number>()
  readonly #budget: EventBudget
  #events = 0
  #stop = false
  /** Set by whoever injects faults. */
  onPoint: PointListener = () => {}
  onInfo: InfoListener = () => {}
  /** Set by who judges what programs said to one another. */
  onWire: (message: WireMessage) => void = () => {}
  onLocal: (message: LocalMessage) => void = () => {}
  /** Asked of each message, whether its link breaks there: on its way, or as soon as it is taken. */
  readonly cuts = new Set<(message: WireMessage) => boolean>()
  onLinkEnd: (end: LinkEnd) => void = () => {}
  onDial: (dial: LinkDial) => void = () => {}

  /** Whether everything takes as long as it does on average: for stories that people read. */
  readonly #isSteady: boolean

  constructor(seed: string, { isSteady = false, eventsPerSecondMax = Infinity }: WorldOptions = {}) {
    this.#random = new SeededRandom(seed)
    this.#isSteady = isSteady
    this.#budget = new EventBudget(eventsPerSecondMax)
  }

  /** A time with that mean, exponentially distributed. Zero draws nothing, so that what is quiet replays as it was. */
  around(random: SeededRandom, meanMs: number): number {
    if (meanMs === 0 || this.#isSteady) return meanMs
    return -Math.log(1 - random.fraction()) * meanMs
  }

  get nowMs(): number {
    return this.clock.monotonicMs()
  }

  /** Events that happened. */
  get events(): number {
    return this.#events
  }

  /** A stream for one consumer: what others draw does not move it. */
  random(label: string): SeededRandom {
    return this.#random.fork(label)
  }

  /** One more machine of that name; answers how many there were. */
  countBuild(name: string): number {
    const build = (this.#builds.get(name) ?? 0) + 1
    this.#builds.set(name, build)
    return build
  }

  /** Does something after `delayMs` of true time, whoever is alive then. */
  after(delayMs: number, act: () => void): () => void {
    return this.clock.startTimer(delayMs, act)
  }

  /** A time below `spreadMs`, each as likely as another. */
  within(random: SeededRandom, spreadMs: number): number {
    return (this.#isSteady ? 0.5 : random.fraction()) * spreadMs
  }

  /** Writes down what somebody did. */
  tell(who: string, what: string, kind?: StoryLine['kind']): void {
    this.story.tell({ atMs: this.nowMs, who, what, ...(kind && { kind }) })
    this.trace.note(this.nowMs, what, who)
  }

  /** Ends `run` after the event that is under way. */
  stop(): void {
    this.#stop = true
  }

  /**
   * Lets `ms` pass, or less when `isDone` holds after some event; answers whether it does. Throws `NeverRests` when
   * something works without end.
   */
  async run(ms: number, isDone: () => boolean = () => false): Promise<boolean> {
    const untilMs = this.nowMs + ms
    this.#stop = false
    // Whoever calls this from a tick of Node's own (a message of another process) has ticks run before promises: the
    // first drain would end too early, and the run be another than the same seed run elsewhere.
    await Promise.resolve()
    await this.#drain()
    while (!this.#stop && !isDone()) {
      const nextMs = this.clock.nextDeadlineMs
      if (nextMs === undefined || nextMs > untilMs) {
        this.clock.advanceBy(untilMs - this.nowMs)
        return isDone()
      }
      this.#budget.take(nextMs)
      this.clock.step()
      this.#events++
      await this.#drain()
    }
    return isDone()
  }
}
