import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import { type Change, changeBetween } from './changes.ts'
import type { ChangeListener, PrepareListener, Rejection, Widened } from './konor-client.ts'
import { type Snapshot, emptySnapshot, frozenSnapshot } from './snapshot.ts'

/** Changes and candidates that may wait while a listener runs; beyond it the waiting changes become one. */
export const CHANGES_WAITING_MAX = 16
/** Longest reason of a rejection that is sent. */
const REASON_LENGTH_MAX = 1024

export interface Outcome {
  readonly activation: number
  readonly phase: 'prepare' | 'applied'
  readonly outcome: 'ok' | 'rejected'
  readonly reason?: string
}

/** Puts the first snapshot that a process meets into effect; throwing rejects it. */
export type StartListener = (snapshot: Snapshot, owed: boolean) => unknown

export interface ClientCoreOptions {
  readonly group: string
  readonly clock: Clock
  /** How long a process lives with the first snapshot it meets until that counts as applied. */
  readonly settleMs: number
  readonly onStart?: StartListener | undefined
  /** Carries an outcome to the agent, or drops it while there is none: the agent will ask again. */
  readonly acknowledge: (outcome: Outcome) => void
  /** Tells the developer of a value that has another type than the code expects. */
  readonly warn: (message: string) => void
}

type Job =
  | { readonly kind: 'start'; readonly next: Snapshot; readonly owed: boolean }
  | { readonly kind: 'change'; readonly previous: Snapshot; readonly next: Snapshot; readonly owed: boolean }
  | { readonly kind: 'prepare'; readonly next: Snapshot }

/**
 * What a client does, whatever carries it: holds the snapshot, runs the listeners one at a time, and says what came of
 * each activation. The socket client and the test client are this with different carriers.
 */
export class ClientCore {
  readonly #options: ClientCoreOptions
  readonly #prepareListeners = new Set<PrepareListener>()
  readonly #changeListeners = new Set<ChangeListener>()
  readonly #jobs: Job[] = []
  readonly #warned = new Set<string>()
  #snapshot: Snapshot
  #values: ReadonlyMap<string, CborValue> = new Map()
  #running: Job | undefined
  #idle: Promise<void> = Promise.resolve()
  #closed = false
  #met = false
  #lastOutcome: Outcome | undefined
  #cancelSettle: () => void = () => undefined

  constructor(options: ClientCoreOptions) {
    this.#options = options
    this.#snapshot = emptySnapshot(options.group)
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  get preparing(): boolean {
    return this.#prepareListeners.size > 0
  }

  get<T>(key: string, fallback: T): Widened<T> {
    const value = this.#values.get(key)
    if (value === undefined) return fallback as Widened<T>
    if (fallback === undefined || fallback === null || kindOf(value) === kindOf(fallback))
      return value as Widened<T>
    this.#warnOfType(key, value, fallback)
    return fallback as Widened<T>
  }

  onPrepare(listener: PrepareListener): () => void {
    this.#prepareListeners.add(listener)
    return () => this.#prepareListeners.delete(listener)
  }

  onChange(listener: ChangeListener): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  /** What the agent said in answer to hello. `first` while `connect` has not given the client out. */
  meet(state: Snapshot, owed: boolean, first: boolean): void {
    const held = this.#snapshot.activation
    // A node that lost its store counts from the start again; what is held is newer, and the agent is told so later.
    if (state.activation < held) return this.setStale(true)
    if (state.activation > held)
      return first && !this.#met ? this.#begin(state, owed) : this.change(state, owed)
    this.setStale(state.stale)
    if (owed) this.#owe(held)
  }

  /** The agent activated something: swapped at once, then told to the listeners. */
  change(next: Snapshot, owed = true): void {
    const previous = this.#snapshot
    const { activation } = next
    if (activation < previous.activation) {
      const reason = `activation ${activation} comes after ${previous.activation}, which this process holds already`
      return this.#conclude({ activation, phase: 'applied', outcome: 'rejected', reason })
    }
    if (activation === previous.activation) return owed ? this.#owe(activation) : undefined
    if (!this.#met && this.#options.onStart !== undefined) return this.#begin(next, owed)
    this.#met = true
    this.#swap(next)
    this.#enqueue({ kind: 'change', previous, next: this.#snapshot, owed })
  }

  /** The agent would activate this. */
  prepare(candidate: Snapshot): void {
    this.#enqueue({ kind: 'prepare', next: frozenSnapshot(candidate) })
  }

  setStale(stale: boolean): void {
    if (stale === this.#snapshot.stale) return
    this.#snapshot = Object.freeze({ ...this.#snapshot, stale })
  }

  /** Resolves when no listener runs or waits to be run, as of now. */
  idle(): Promise<void> {
    return this.#idle
  }

  /** No listener is begun and nothing is acknowledged any more. */
  close(): void {
    this.#closed = true
    this.#jobs.length = 0
    this.#cancelSettle()
  }

  #begin(next: Snapshot, owed: boolean): void {
    this.#met = true
    this.#swap(next)
    if (this.#options.onStart !== undefined) this.#enqueue({ kind: 'start', next: this.#snapshot, owed })
    else if (owed) this.#owe(next.activation)
  }

  #swap(next: Snapshot): void {
    this.#cancelSettle()
    this.#values = new Map(Object.entries(next.values))
    this.#snapshot = frozenSnapshot(next)
  }

  /** The agent awaits an acknowledgement of what is held already: the one lost on the way, or the first. */
  #owe(activation: number): void {
    if (this.#lastOutcome?.activation === activation) return this.#options.acknowledge(this.#lastOutcome)
    if (this.#inWork(activation)) return
    this.#cancelSettle()
    this.#cancelSettle = this.#options.clock.startTimer(this.#options.settleMs, () =>
      this.#conclude({ activation, phase: 'applied', outcome: 'ok' }),
    )
  }

  #inWork(activation: number): boolean {
    const jobs = this.#running === undefined ? this.#jobs : [this.#running, ...this.#jobs]
    return jobs.some(job => job.kind !== 'prepare' && job.next.activation === activation)
  }

  #enqueue(job: Job): void {
    if (this.#closed) return
    if (this.#jobs.length < CHANGES_WAITING_MAX) this.#jobs.push(job)
    else this.#enqueueCrowded(job)
    if (this.#running === undefined) this.#idle = this.#run()
  }

  /** The listeners are far behind: one change from what they last knew to the newest replaces those in between. */
  #enqueueCrowded(job: Job): void {
    const { activation } = job.next
    if (job.kind === 'prepare') {
      const reason = `${CHANGES_WAITING_MAX} changes wait for the listeners of this process`
      return this.#conclude({ activation, phase: 'prepare', outcome: 'rejected', reason })
    }
    const at = this.#jobs.findLastIndex(waiting => waiting.kind === 'change')
    const waiting = this.#jobs[at]
    if (waiting?.kind !== 'change' || job.kind !== 'change') this.#jobs.push(job)
    else this.#jobs[at] = { ...job, previous: waiting.previous }
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      this.#running = job
      const reason = await this.#reasonAgainst(job)
      this.#running = undefined
      if (job.kind === 'prepare' || job.owed) this.#concludeJob(job, reason)
    }
  }

  #concludeJob(job: Job, reason: string | undefined): void {
    const phase = job.kind === 'prepare' ? 'prepare' : 'applied'
    const { activation } = job.next
    if (reason === undefined) this.#conclude({ activation, phase, outcome: 'ok' })
    else this.#conclude({ activation, phase, outcome: 'rejected', reason })
  }

  /** Runs every listener, so that none misses a change; the first objection counts. */
  #reasonAgainst(job: Job): string | undefined | Promise<string | undefined> {
    if (job.kind === 'start') return firstObjection([() => this.#options.onStart?.(job.next, job.owed)])
    const listeners = job.kind === 'prepare' ? this.#prepareListeners : this.#changeListeners
    if (listeners.size === 0) return undefined
    const change: Change = changeBetween(job.kind === 'change' ? job.previous : this.#snapshot, job.next)
    return firstObjection([...listeners].map(listener => () => listener(change)))
  }

  #conclude(outcome: Outcome): void {
    if (this.#closed) return
    if (outcome.phase === 'applied') this.#lastOutcome = outcome
    this.#options.acknowledge(outcome)
  }

  #warnOfType(key: string, value: CborValue, fallback: unknown): void {
    if (this.#warned.has(key)) return
    this.#warned.add(key)
    this.#options.warn(
      `${this.#snapshot.group}: ${key} is of type ${kindOf(value)}, the code expects ${kindOf(fallback)}: the default is used`,
    )
  }
}

async function firstObjection(calls: readonly (() => unknown)[]): Promise<string | undefined> {
  let objection: string | undefined
  for (const call of calls) {
    try {
      const verdict: unknown = await call()
      if (isRejection(verdict)) objection ??= cut(verdict.reject)
    } catch (thrown) {
      objection ??= cut(thrown instanceof Error ? thrown.message || thrown.name : String(thrown))
    }
  }
  return objection
}

function isRejection(verdict: unknown): verdict is Rejection {
  return (
    typeof verdict === 'object' &&
    verdict !== null &&
    'reject' in verdict &&
    typeof verdict.reject === 'string'
  )
}

function cut(reason: string): string {
  return reason.slice(0, REASON_LENGTH_MAX).toWellFormed()
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
