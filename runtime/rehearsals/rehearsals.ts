import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ManifestSource } from '../manifest/manifest-source.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import {
  REHEARSAL_HORIZON_MS,
  REHEARSAL_NODES_MAX,
  type RehearsalChange,
  type RehearsalSpec,
  type RehearsalTopology,
  SLOW_P99_MS_DEFAULT,
} from './rehearsal-spec.ts'
import type { RehearsalRequest, RehearsalState, RehearsalView } from './rehearsal-view.ts'
import type { Rehearser } from './rehearser.ts'
import { reportOf } from './report-of.ts'
import { processNotes, refuseWithoutProcesses } from './struck-processes.ts'
import { Tally } from './tally.ts'

/** Rehearsals that a central plays at once, each in a thread of its own. */
export const REHEARSALS_RUNNING_MAX = 1
/** Rehearsals that are remembered after their end; the oldest go first. */
export const REHEARSALS_KEPT_MAX = 20
/** Seeds of one rehearsal at a central; offline there may be more. */
export const CENTRAL_SEEDS_MAX = 1_000
/** Time after which a rehearsal is cancelled, whatever is left of it. */
export const REHEARSAL_WALL_MS_MAX = 10 * 60_000
const SEEDS_DEFAULT = 100

/** What of the cluster a change concerns: shapes only, and what is not as a rehearsal takes it to be. */
export interface RehearsalScene {
  readonly topology: RehearsalTopology
  readonly change: RehearsalChange
  readonly notes: readonly string[]
}

export interface RehearsalsOptions {
  readonly rehearser: Rehearser
  /** The cluster as it is now, as far as these manifests concern it. Throws what an apply of them would. */
  readonly sceneOf: (sources: readonly ManifestSource[], principal: string) => Promise<RehearsalScene>
  readonly newId: () => string
  readonly clock: Clock
  readonly logger: Logger
  readonly version: string
}

interface Played {
  view: RehearsalView
  readonly tally: Tally
  readonly stop: AbortController
  readonly finished: Promise<void>
}

/**
 * The rehearsals of a central. They are kept in memory alone: they change nothing, so the journal has no word
 * of them, and a restart forgets them. Their threads get shapes, never values.
 */
export class Rehearsals {
  readonly #options: RehearsalsOptions
  readonly #played = new Map<string, Played>()
  readonly #listeners = new Map<string, Set<() => void>>()
  /** Being prepared: they count as running already. */
  #preparing = 0

  constructor(options: RehearsalsOptions) {
    this.#options = options
  }

  /**
   * Begins one. Rejects with `KONOR_REHEARSAL_BUSY` while as many run as may, `KONOR_REHEARSAL_TOO_LARGE`,
   * `KONOR_REHEARSAL_NOTHING`, `KONOR_REHEARSAL_NO_PROCESS`, or as an apply of the manifests would.
   */
  async start(
    sources: readonly ManifestSource[],
    request: RehearsalRequest,
    principal: string,
  ): Promise<RehearsalView> {
    this.#refuseBusy()
    const seeds = seedsOf(request)
    this.#preparing++
    try {
      const scene = await this.#options.sceneOf(sources, principal)
      refuseTooLarge(scene.topology)
      return this.#begin(scene, seeds, request, principal)
    } finally {
      this.#preparing--
    }
  }

  /** Newest first. */
  list(): readonly RehearsalView[] {
    return [...this.#played.values()].map(({ view }) => view).toReversed()
  }

  get(id: string): RehearsalView {
    return this.#of(id).view
  }

  /** Ends it early; one that has ended stays as it is. Resolves when its threads are gone. */
  async cancel(id: string): Promise<RehearsalView> {
    const played = this.#of(id)
    played.stop.abort()
    await played.finished
    return played.view
  }

  /** Calls `listener` whenever it has moved. Answers how to stop. */
  watch(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }

  async close(): Promise<void> {
    for (const { stop } of this.#played.values()) stop.abort()
    await Promise.all([...this.#played.values()].map(({ finished }) => finished))
  }

  #begin(
    { topology, change, notes }: RehearsalScene,
    seeds: readonly number[],
    request: RehearsalRequest,
    by: string,
  ): RehearsalView {
    const { newId, clock } = this.#options
    const { faults = 'light', rejectShare = 0, slowP99Ms = SLOW_P99_MS_DEFAULT } = request
    const horizonMs = REHEARSAL_HORIZON_MS
    const spec: RehearsalSpec = { topology, change, faults, rejectShare, slowP99Ms, horizonMs }
    refuseWithoutProcesses(spec)
    const id = newId()
    const tally = new Tally()
    const view: RehearsalView = {
      id,
      state: 'running',
      by,
      createdAt: isoOf(clock),
      wanted: seeds.length,
      runs: 0,
      ends: tally.ends,
      notes: [...notes, ...processNotes(spec)],
    }
    const stop = new AbortController()
    const played: Played = { view, tally, stop, finished: Promise.resolve() }
    const finished = this.#play(played, spec, seeds, request)
    this.#played.set(id, Object.assign(played, { finished }))
    this.#forgetOldest()
    return view
  }

  async #play(
    played: Played,
    spec: RehearsalSpec,
    seeds: readonly number[],
    { limits = {} }: RehearsalRequest,
  ): Promise<void> {
    const { rehearser, clock, logger, version } = this.#options
    const { stop, tally } = played
    const cancelTimer = clock.startTimer(REHEARSAL_WALL_MS_MAX, () => stop.abort())
    let failure: unknown
    try {
      await rehearser.play(spec, seeds, {
        signal: stop.signal,
        onOutcome: outcome => {
          tally.add(outcome)
          this.#move(played, { runs: tally.runs, ends: tally.ends })
        },
      })
    } catch (error) {
      failure = error
      logger.error({ err: error, rehearsal: played.view.id }, 'a rehearsal could not be played to its end')
    }
    cancelTimer()
    const report = reportOf(tally, { spec, seeds, version, limits, notes: played.view.notes })
    const ended = failure === undefined && tally.runs === seeds.length ? 'done' : 'cancelled'
    const state: RehearsalState = failure === undefined ? ended : 'failed'
    const error = failure === undefined ? {} : { error: errorOf(failure) }
    this.#move(played, { state, finishedAt: isoOf(clock), report, ...error })
  }

  #move(played: Played, changes: Partial<RehearsalView>): void {
    played.view = { ...played.view, ...changes }
    for (const listener of this.#listeners.get(played.view.id) ?? []) listener()
  }

  #of(id: string): Played {
    const played = this.#played.get(id)
    if (played !== undefined) return played
    throw new KonorError('KONOR_ENGINE_NOT_FOUND', `this central knows no rehearsal ${id}`, {
      details: { id },
    })
  }

  #refuseBusy(): void {
    const running = [...this.#played.values()].filter(({ view }) => view.state === 'running')
    if (running.length + this.#preparing < REHEARSALS_RUNNING_MAX) return
    const [one] = running
    const which = one === undefined ? 'one that is about to begin' : one.view.id
    throw new KonorError('KONOR_REHEARSAL_BUSY', `a rehearsal runs already: ${which}`, {
      details: { bound: 'REHEARSALS_RUNNING_MAX', max: REHEARSALS_RUNNING_MAX },
    })
  }

  #forgetOldest(): void {
    for (const [id, { view }] of this.#played) {
      if (this.#played.size <= REHEARSALS_KEPT_MAX) return
      if (view.state !== 'running') this.#played.delete(id)
    }
  }
}

function seedsOf({ seeds = SEEDS_DEFAULT, seed = 1 }: RehearsalRequest): readonly number[] {
  if (seeds > CENTRAL_SEEDS_MAX) throw tooLarge('CENTRAL_SEEDS_MAX', CENTRAL_SEEDS_MAX, 'seeds')
  return Array.from({ length: seeds }, (_, index) => seed + index)
}

function refuseTooLarge({ nodes }: RehearsalTopology): void {
  if (nodes.length > REHEARSAL_NODES_MAX) throw tooLarge('REHEARSAL_NODES_MAX', REHEARSAL_NODES_MAX, 'nodes')
}

function tooLarge(bound: string, max: number, what: string): KonorError {
  const message = `a central plays at most ${max} ${what}`
  return new KonorError('KONOR_REHEARSAL_TOO_LARGE', message, { details: { bound, max } })
}

function errorOf(failure: unknown): { code: string; message: string } {
  const message = failure instanceof Error ? failure.message : String(failure)
  return { code: isKonorError(failure) ? failure.code : 'KONOR_REHEARSAL_WORKER', message }
}

function isoOf(clock: Clock): string {
  return new Date(clock.wallMs()).toISOString()
}
