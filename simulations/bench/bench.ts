import type { TeardownContext } from '../kit/teardown-context.ts'
import type { Figure } from './figure.ts'

/** What a benchmark may use: `teardown` undoes what it started when it ends, last in, first out. */
export interface BenchContext extends TeardownContext {
  /** A line for the person who waits; goes to the standard error. */
  say(line: string): void
}

/** One benchmark: rows that are measured together. */
export interface Bench {
  /** How it is named on the command line. */
  readonly name: string
  readonly about: string
  /** It takes long: it runs only when it is named. */
  readonly isOnlyByName?: boolean
  run(context: BenchContext): Promise<readonly Figure[]>
}
