import type { Control } from '../engine/control.ts'
import { Follower } from '../engine/follower.ts'
import { type OpenedKernel, openKernel } from '../engine/open-kernel.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { LEASE_MS } from '../engine/silence.ts'
import type { SharedJournal } from '../journal/shared-journal.ts'
import type { StateView } from '../kernel/kernel-state.ts'
import { type Closers, type ComposedCentral, type ComposeOptions, composeLeader } from './compose-central.ts'
import { followerControl } from './follower-control.ts'

export interface ReplicaOptions extends Omit<ComposeOptions, 'journal' | 'onDeposed'> {
  /** Open; whoever opened it closes it, after `close`. */
  readonly journal: SharedJournal
  /** How this central calls itself to those who ask another one. */
  readonly name: string
  /** The same at every central of a log; default `LEASE_MS`. */
  readonly leaseMs?: number
  /** This central began to follow or to lead. */
  onRole?(role: ReplicaRole): void
  /** It can do neither any more: the log is damaged, or folds to something else than was recorded. It should end. */
  onFailed?(cause: unknown): void
}

export type ReplicaRole = 'follows' | 'leads'

/** A central on a log that it shares with others. */
export interface Replica {
  /** Undefined while it folds the log, and between two roles. */
  readonly role: ReplicaRole | undefined
  /** What it answers in its role: reads always; writes are refused while it follows. */
  readonly control: Control | undefined
  /** The parts of the central while it leads. */
  readonly composed: ComposedCentral | undefined
  /** What it has folded, while it has a role. */
  readonly view: StateView | undefined
  close(): Promise<void>
}

/**
 * One of several centrals on one log, for as long as it lives: it follows; when nobody leads, it claims the next epoch
 * by an append at the very sequence that it has folded; the log takes one such claim, and refuses the others, who go on
 * following. A leader that is deposed closes all that it opened, forgets its state, folds the log again and follows.
 */
export function composeReplica(options: ReplicaOptions): Replica {
  return new RunningReplica(options)
}

class RunningReplica implements Replica {
  readonly #options: ReplicaOptions
  readonly #leaseMs: number
  readonly #ended: Promise<void>
  #role: ReplicaRole | undefined
  #control: Control | undefined
  #composed: ComposedCentral | undefined
  #follower: Follower | undefined
  #isClosing = false
  /** Ends the leadership that there is, or the wait. */
  #interrupt: () => void = () => {}

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.#leaseMs = options.leaseMs ?? LEASE_MS
    this.#ended = this.#run()
  }

  get role(): ReplicaRole | undefined {
    return this.#role
  }

  get control(): Control | undefined {
    return this.#control
  }

  get composed(): ComposedCentral | undefined {
    return this.#composed
  }

  get view(): StateView | undefined {
    return this.#role === undefined ? undefined : this.#follower?.view
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#follower?.stop()
    this.#interrupt()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { journal, logger, onFailed } = this.#options
    while (!this.#isClosing) {
      try {
        await this.#live(await openKernel(journal, logger))
      } catch (cause) {
        if (this.#isClosing) return
        if (!isKonorError(cause) || !cause.spec.retryable) {
          logger.error({ err: cause }, 'this central cannot follow the log any more')
          onFailed?.(cause)
          return
        }
        logger.warn({ err: cause }, 'the log cannot be followed now: it is tried again')
        await this.#wait()
      } finally {
        this.#leave()
      }
    }
  }

  /** From one fold of the log to the next: it follows, and leads at most once. */
  async #live(opened: OpenedKernel): Promise<void> {
    const { journal, clock, random, logger } = this.#options
    const { kernel } = opened
    const follower = new Follower({ kernel, journal, clock, random, logger, leaseMs: this.#leaseMs })
    this.#follower = follower
    const control = followerControl(follower, this.#options)
    while (!this.#isClosing) {
      this.#enter('follows', control)
      await follower.untilSilent()
      const { seq } = kernel.position
      logger.info({ ...kernel.position }, 'nobody leads: this central claims')
      await this.#contend(opened)
      // The follower rests: if the kernel moved, this central has led, and folds anew what the log made of that.
      if (kernel.position.seq !== seq) return
    }
  }

  /** Leads until it is deposed, if the log takes its claim. */
  async #contend(opened: OpenedKernel): Promise<void> {
    const { journal, logger, name } = this.#options
    const closers: Closers = []
    const ending = new Promise<void>(resolve => (this.#interrupt = resolve))
    const options: ComposeOptions = { ...this.#options, onDeposed: () => this.#interrupt() }
    try {
      const shared = { journal, leaseMs: this.#leaseMs, name }
      const composed = await composeLeader(options, opened, closers, shared)
      this.#composed = composed
      this.#enter('leads', composed.control)
      if (!this.#isClosing) await ending
    } catch (cause) {
      logger.warn({ err: cause }, 'this central does not lead')
    } finally {
      this.#leave()
      await closeAll(closers)
    }
  }

  #enter(role: ReplicaRole, control: Control): void {
    this.#control = control
    if (this.#role === role) return
    this.#role = role
    this.#options.onRole?.(role)
  }

  #leave(): void {
    this.#role = undefined
    this.#control = undefined
    this.#composed = undefined
  }

  #wait(): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#options.clock.startTimer(this.#leaseMs, resolve)
      this.#interrupt = () => {
        cancel()
        resolve()
      }
    })
  }
}

/** Newest first. */
async function closeAll(closers: Closers): Promise<void> {
  for (const closeOne of closers.splice(0).toReversed()) await closeOne()
}
