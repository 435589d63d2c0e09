import type { ChildProgram } from '../kit/child-program.ts'
import type { Sightings } from './sightings.ts'

/** Real processes that watch one another: ours, or somebody else's beside them. */
export interface Pack {
  readonly name: string
  readonly sightings: Sightings
  /** The living members, oldest first. */
  readonly members: readonly string[]
  /** The processes, for their use of the processor. */
  readonly pids: readonly number[]
  /** Processes that ended although nobody struck them, and what they said: an experiment with one is void. */
  readonly crashes: readonly string[]
  /** A new member, joining by some of those that are there; gives its name when its process runs. */
  add(): Promise<string>
  /** Ends a member as a crash would; `Sightings` has been told before. Gives the instant of the blow. */
  kill(member: string): Promise<number>
  signal(member: string, signal: 'SIGSTOP' | 'SIGCONT'): void
  describe(): string
}

/** Adds to `crashes` when the process ends and `isExpected` does not hold by then. */
export function watchForCrash(process: ChildProgram, isExpected: () => boolean, crashes: string[]): void {
  const note = (): void => {
    if (!isExpected()) crashes.push(process.describe())
  }
  process.exited.then(note, note)
}

/** Monotonic milliseconds of the driver, by which everything is timed. */
export const nowMs = (): number => performance.now()

/** How many members a newcomer asks to let it in. */
export const SEEDS = 3
