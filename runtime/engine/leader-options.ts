import type { Journal } from '../journal/journal.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Leader } from './leader.ts'

/** One append that became durable. */
export interface Appended {
  readonly durationMs: number
  readonly bytes: number
  /** Inputs of each of its records. */
  readonly inputs: readonly number[]
}

export interface LeaderOptions {
  readonly kernel: Kernel
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
  readonly timeline: number
  readonly epoch: number
  /**
   * The version that records are folded as. Default: the newest; an older one while others that share the log have not
   * been upgraded yet.
   */
  readonly foldVersion?: number
  /** No journaled deadline fires before this much has passed: the world must first be able to answer. */
  readonly holdDeadlinesMs: number
  /** Told of each durable append, for metrics. */
  onAppended?(appended: Appended): void
  /** The leader cannot go on: the log has another writer, or failed for good. */
  onDeposed(cause: unknown): void
}

export interface RunningLeader extends Leader {
  /** Under which it appends from now on: a claim that is under way counts. */
  readonly order: { readonly timeline: number; readonly epoch: number }
  /**
   * Raises the command order above what an agent has seen: a restored backup must outrank its own lost
   * future.
   */
  fence(above: { readonly timeline: number; readonly epoch: number }): Promise<void>
  /**
   * Another leads, or may: from here on nothing is answered, told or folded, also not what becomes durable yet. Ends in
   * `onDeposed`.
   */
  depose(cause: unknown): void
  /** Inputs waiting to be folded. */
  readonly waiting: number
  /** Waits for what is under way and takes nothing more. */
  stop(): Promise<void>
}
