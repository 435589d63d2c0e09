import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { GroupEvent, Registration } from '../../agent/groups/group-service.ts'
import type { GroupCell } from '../../agent/groups/group-cell.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { World } from '../world/world.ts'

/** An exponential distribution has its 99th percentile at so many means. */
const MEANS_AT_P99 = Math.log(100)

/** How processes take a change. */
export interface ProcessModel {
  /** Chance that one process rejects content that was not committed when the rehearsal began. */
  readonly rejectShare: number
  readonly slowP99Ms: number
}

export interface ProcessOptions {
  readonly world: World
  readonly random: SeededRandom
  readonly cell: GroupCell
  readonly name: string
  readonly model: ProcessModel
  /** Content that it has run before, and takes again. */
  readonly known: Digest | undefined
  /** How many times slower than usual its node is now. */
  readonly slowness: () => number
}

/**
 * A process of one group: acknowledges what it is told after a while, or rejects it, and may crash and come
 * back.
 */
export class ModelledProcess {
  readonly #options: ProcessOptions
  #lives = 0
  #registration: Registration | undefined

  constructor(options: ProcessOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#registration !== undefined) return
    const { cell, name } = this.#options
    const instance = `${name}-${++this.#lives}`
    const registration = { group: cell.group, process: name, instance, pid: 1, prepare: false }
    this.#registration = registration
    cell.listen(registration, event => this.#hear(registration, event))
    const heldActivation = cell.state.record.active?.activation
    cell.take({ type: 'REGISTERED', registration, heldActivation })
    // One that comes while others are asked owes an answer too: it has read the newest when it starts.
    const { applying, record } = cell.state
    if (applying !== null && record.active !== null && applying.result === null)
      this.#answer(registration, record.active.activation, record.active.digest)
  }

  crash(): void {
    const registration = this.#registration
    if (registration === undefined) return
    this.#registration = undefined
    const { cell } = this.#options
    cell.unlisten(registration)
    cell.take({ type: 'DISCONNECTED', registration })
  }

  #hear(registration: Registration, event: GroupEvent): void {
    if (event.event === 'change') this.#answer(registration, event.state.activation, event.state.digest)
  }

  #answer(registration: Registration, activation: number, digest: Digest): void {
    const { world, random, cell, model, known, slowness } = this.#options
    const rejects = digest !== known && model.rejectShare > 0 && random.fraction() < model.rejectShare
    const delayMs = (-Math.log(1 - random.fraction()) * model.slowP99Ms * slowness()) / MEANS_AT_P99
    world.after(delayMs, () => {
      if (this.#registration !== registration) return
      const outcome = rejects
        ? ({ outcome: 'rejected', reason: 'rejected in rehearsal' } as const)
        : ({ outcome: 'ok' } as const)
      cell.take({
        type: 'ACKNOWLEDGED',
        registration,
        acknowledgement: { activation, phase: 'applied', ...outcome },
      })
    })
  }
}
