import { LocalSockets } from './local-sockets.ts'
import type { Program } from './program.ts'
import { SimulatedFiles } from './simulated-files.ts'
import type { World } from './world.ts'

/** A computer: a clock of its own that may be wrong, files that outlive programs, sockets, and power that may fail. */
export class Machine {
  readonly name: string
  /** How many machines of that name there were, this one included. */
  readonly build: number
  readonly world: World
  readonly files: SimulatedFiles
  readonly sockets: LocalSockets
  readonly #programs = new Set<Program>()
  /** Local milliseconds per true one, and what the wall is off by. */
  #rate = 1
  #baseMs = 0
  #sinceMs = 0
  #wallOffMs = 0
  #isUp = true

  constructor(world: World, name: string) {
    this.name = name
    this.world = world
    this.build = world.countBuild(name)
    this.files = new SimulatedFiles(world, name)
    this.sockets = new LocalSockets(world, name)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  monotonicMs(): number {
    return this.#baseMs + (this.world.nowMs - this.#sinceMs) * this.#rate
  }

  wallMs(): number {
    return this.world.clock.wallMs() + this.#wallOffMs
  }

  /** How much true time a delay of this machine's clock takes. */
  trueDelayMs(delayMs: number): number {
    return delayMs / this.#rate
  }

  /** Lets the clock run faster or slower from now on; 1 is true. Timers that are running keep their time. */
  drift(rate: number): void {
    this.#baseMs = this.monotonicMs()
    this.#sinceMs = this.world.nowMs
    this.#rate = rate
  }

  /** Moves the wall clock alone, as an operator or NTP may. */
  jumpWallBy(ms: number): void {
    this.#wallOffMs += ms
  }

  began(program: Program): void {
    this.#programs.add(program)
  }

  ended(program: Program): void {
    this.#programs.delete(program)
  }

  /** Power fails: every program is gone without a word to anybody, and with it what the disk had not kept. */
  powerOff(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.world.tell(this.name, 'lost power', 'turn')
    for (const program of this.#programs) program.kill('power')
    this.files.losePower()
  }

  powerOn(): void {
    if (this.#isUp) return
    this.#isUp = true
    this.world.tell(this.name, 'had power again', 'turn')
  }
}
