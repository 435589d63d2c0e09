import type { ActorEvent } from '../../actors/vocabulary/instruction.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Effect } from '../kernel/kernel-state.ts'
import type { Blob } from '../journal/journal.ts'
import type { StepClass } from '../planner/plan.ts'
import type { Clock } from '../ports/clock.ts'
import type { Faults } from '../ports/fault-points.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Leader, Preparation } from './leader.ts'

/** Attempts at one effect before it is given up with its reason. */
export const ATTEMPTS_MAX = 12
export const BACKOFF_MIN_MS = 50
export const BACKOFF_MAX_MS = 10_000

/** What an executor found or did: the event for the actor that asked, and blobs that the event names. */
export interface StepResult {
  readonly event: ActorEvent
  readonly blobs?: readonly Blob[]
}

/**
 * Runs effects of one kind. `perform` answers with a function of the state at the fold, so that a pure step (a
 * compilation) is made from the very state it is folded on. A step that reaches outside takes its effect key along and
 * implements `observe`: recovery asks it first, and repeats the step only when it says that nothing happened.
 */
export interface StepExecutor {
  readonly class: StepClass
  /** How long it is tried, where that differs from `ATTEMPTS_MAX`, `BACKOFF_MIN_MS` and `BACKOFF_MAX_MS`. */
  readonly retry?: { readonly attemptsMax: number; readonly minMs: number; readonly maxMs: number }
  observe?(effect: Effect): Promise<'absent' | 'unknown' | ((preparation: Preparation) => StepResult)>
  perform(effect: Effect): Promise<(preparation: Preparation) => StepResult>
  /** The event that tells the actor that the step failed for good. */
  failed(effect: Effect, cause: unknown): ActorEvent
}

export interface StepRunnerOptions {
  readonly leader: Leader
  readonly executors: Readonly<Record<string, StepExecutor>>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly faults: Faults
}

export interface StepRunner {
  stop(): void
}

/**
 * Works off the outbox: every effect that the state owes the world, until its result is folded. On start it resumes
 * what an earlier leader left, by observing first; retries are capped exponential with full jitter.
 */
export function startStepRunner(options: StepRunnerOptions): StepRunner {
  const runner = new OutboxRunner(options)
  runner.resume()
  return runner
}

class OutboxRunner implements StepRunner {
  readonly #options: StepRunnerOptions
  readonly #underWay = new Set<string>()
  readonly #cancels = new Set<() => void>()
  readonly #unsubscribe: () => void
  #stopped = false

  constructor(options: StepRunnerOptions) {
    this.#options = options
    this.#unsubscribe = options.leader.onFolded(() => this.#takeUp(false))
  }

  resume(): void {
    this.#takeUp(true)
  }

  stop(): void {
    this.#stopped = true
    this.#unsubscribe()
    for (const cancel of this.#cancels) cancel()
  }

  #takeUp(recovering: boolean): void {
    for (const effect of this.#options.leader.view.effects().values()) {
      if (this.#underWay.has(effect.key)) continue
      this.#underWay.add(effect.key)
      void this.#run(effect, 1, recovering).catch((cause: unknown) => {
        this.#options.logger.error({ err: cause, effect: effect.key }, 'an effect could not be settled')
      })
    }
  }

  async #run(effect: Effect, attempt: number, recovering: boolean): Promise<void> {
    if (this.#stopped) return
    try {
      await this.#settle(effect, await this.#attempt(effect, recovering || attempt > 1))
    } catch (cause) {
      if (this.#stopped || isKonorError(cause, 'KONOR_ENGINE_NO_LEADER')) return
      const attemptsMax = this.#executorOf(effect).retry?.attemptsMax ?? ATTEMPTS_MAX
      const final = attempt >= attemptsMax || (isKonorError(cause) && !cause.spec.retryable)
      if (!final || !(await this.#giveUp(effect, cause))) return this.#retry(effect, attempt)
    }
    this.#underWay.delete(effect.key)
  }

  /** False when the journal does not take that either: what the state owes is not forgotten because a disk is full. */
  async #giveUp(effect: Effect, cause: unknown): Promise<boolean> {
    try {
      await this.#settle(effect, () => ({ event: this.#executorOf(effect).failed(effect, cause) }))
      return true
    } catch (refusal) {
      if (isKonorError(refusal, 'KONOR_ENGINE_NO_LEADER')) return true
      this.#options.logger.warn({ err: refusal, effect: effect.key }, 'the end of an effect was not recorded')
      return false
    }
  }

  async #attempt(effect: Effect, observeFirst: boolean) {
    const executor = this.#executorOf(effect)
    if (observeFirst && executor.observe !== undefined) {
      const observed = await executor.observe(effect)
      if (typeof observed === 'function') return observed
      if (observed === 'unknown') throw new Error('it could not be observed whether the effect happened')
    }
    this.#options.faults.hit('engine.before-effect')
    const result = await executor.perform(effect)
    this.#options.faults.hit('engine.after-effect')
    return result
  }

  async #settle(effect: Effect, result: (preparation: Preparation) => StepResult): Promise<void> {
    await this.#options.leader.submit(preparation => {
      const { event, blobs } = result(preparation)
      const body = { key: effect.key, event: event as unknown as CborValue }
      return { input: { route: 'effect', by: 'system', scopes: ['system'], body }, blobs: blobs ?? [] }
    })
  }

  #retry(effect: Effect, attempt: number): void {
    if (this.#stopped) return
    const { minMs, maxMs } = this.#executorOf(effect).retry ?? {
      minMs: BACKOFF_MIN_MS,
      maxMs: BACKOFF_MAX_MS,
    }
    const cap = Math.min(maxMs, minMs * 2 ** attempt)
    const cancel = this.#options.clock.startTimer(this.#options.random.fraction() * cap, () => {
      this.#cancels.delete(cancel)
      void this.#run(effect, attempt + 1, false)
    })
    this.#cancels.add(cancel)
  }

  #executorOf(effect: Effect): StepExecutor {
    const executor = this.#options.executors[effect.kind]
    if (executor === undefined) throw new TypeError(`no executor runs effects of kind ${effect.kind}`)
    return executor
  }
}
