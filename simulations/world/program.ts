import type { CancelTimer, Clock } from '../../runtime/ports/clock.ts'
import type { Faults } from '../../runtime/ports/fault-points.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Machine } from './machine.ts'
import type { ProgramLife } from './program-life.ts'
import { createStoryLogger } from './story-logger.ts'

/** `exit`: in good order. `crash`: the system closes its sockets. `power`: nobody is told anything. */
export type EndOfProgram = 'exit' | 'crash' | 'power'

/** A timer that would be early by less is armed for so long again: time that is too short to pass at all. */
const TIMER_GRAIN_MS = 0.01

/**
 * One life of one operating-system process. Everything that reaches it comes through `enter`, and everything that it
 * does to the world is asked of adapters that look at `isAlive` first. So a crash needs no help of the code that runs:
 * from that moment on it hears nothing, and nothing of what it still computes gets out.
 */
export class Program {
  readonly name: string
  readonly machine: Machine
  readonly clock: Clock
  readonly random: SeededRandom
  readonly logger: Logger
  readonly faults: Faults
  readonly life: ProgramLife
  readonly #onEnd: ((end: EndOfProgram) => void)[] = []
  readonly #backlog: (() => void)[] = []
  #state: 'runs' | 'stands' | 'ended' = 'runs'

  /** `life` tells the starts of one program apart. */
  constructor(machine: Machine, name: string, life: number) {
    const { world } = machine
    this.name = name
    this.machine = machine
    // A machine that was rebuilt draws other keys than the one before it.
    const build = machine.build === 1 ? '' : ` of build ${machine.build}`
    this.random = world.random(`program ${name} ${life}${build}`)
    this.logger = createStoryLogger(this)
    this.faults = { hit: point => this.isAlive && world.onPoint(this, point) }
    this.clock = {
      monotonicMs: () => machine.monotonicMs(),
      wallMs: () => machine.wallMs(),
      startTimer: (delayMs, fire) => this.#startTimer(Math.max(0, delayMs), fire),
    }
    const fromMs = world.nowMs
    this.life = { name, machine: machine.name, fromMs, toMs: undefined, end: undefined, stands: [] }
    world.lives.push(this.life)
    machine.began(this)
  }

  get isAlive(): boolean {
    return this.#state !== 'ended'
  }

  /** Lets something reach the program: at once when it runs, later when it stands still, never when it is gone. */
  enter(work: () => void): void {
    if (this.#state === 'runs') work()
    else if (this.#state === 'stands') this.#backlog.push(work)
  }

  /** `enter` after `delayMs` of true time. */
  later(delayMs: number, work: () => void): CancelTimer {
    if (!this.isAlive) return () => {}
    let isCancelled = false
    const cancel = this.machine.world.after(delayMs, () =>
      // A timer that is due while the program stands still may yet be cancelled by what comes before it.
      this.enter(() => isCancelled || work()),
    )
    return () => {
      isCancelled = true
      cancel()
    }
  }

  /** Never early by the machine's own clock, whose rate may have changed on the way. */
  #startTimer(delayMs: number, fire: () => void): CancelTimer {
    const { machine } = this
    const dueMs = machine.monotonicMs() + delayMs
    const arm = (trueDelayMs: number): CancelTimer =>
      this.later(trueDelayMs, () => {
        const restMs = dueMs - machine.monotonicMs()
        if (restMs > 0) cancel = arm(Math.max(TIMER_GRAIN_MS, machine.trueDelayMs(restMs)))
        else fire()
      })
    let cancel = arm(machine.trueDelayMs(delayMs))
    return () => cancel()
  }

  /** A result as this program hears it: never, once it is gone. */
  async heard<T>(pending: Promise<T>): Promise<T> {
    try {
      const value = await pending
      return await this.#whenRunning(() => value)
    } catch (error) {
      return await this.#whenRunning(() => {
        throw error
      })
    }
  }

  /** Stands still, as in a long garbage collection or under SIGSTOP; what comes waits. */
  pause(): void {
    if (this.#state !== 'runs') return
    this.#state = 'stands'
    this.life.stands.push({ fromMs: this.machine.world.nowMs, toMs: undefined })
    this.machine.world.tell(this.name, 'stood still')
  }

  resume(): void {
    if (this.#state !== 'stands') return
    this.#state = 'runs'
    const stand = this.life.stands.at(-1)
    if (stand !== undefined) stand.toMs = this.machine.world.nowMs
    this.machine.world.tell(this.name, 'went on')
    for (const work of this.#backlog.splice(0)) this.enter(work)
  }

  /** At once when it has ended: what it still computes then opens nothing that stays. */
  onEnd(listener: (end: EndOfProgram) => void): void {
    if (this.isAlive) this.#onEnd.push(listener)
    else listener(this.life.end ?? 'crash')
  }

  kill(end: EndOfProgram): void {
    if (!this.isAlive) return
    this.#state = 'ended'
    this.life.toMs = this.machine.world.nowMs
    this.life.end = end
    this.#backlog.length = 0
    this.machine.ended(this)
    const { world } = this.machine
    // That its machine lost power says it for all programs there.
    if (end === 'power') world.trace.note(world.nowMs, 'cut off', this.name)
    else world.tell(this.name, end === 'exit' ? 'ended' : 'crashed')
    for (const listener of this.#onEnd.splice(0)) listener(end)
  }

  #whenRunning<T>(value: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.enter(() => {
        try {
          resolve(value())
        } catch (error) {
          reject(error as Error)
        }
      })
    })
  }
}
