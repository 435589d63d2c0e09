import { FAULT_KINDS } from '../faults/fault.ts'
import { DEED_KINDS } from '../workload/deed.ts'
import type { SimulationResult } from './simulate.ts'

type Exercise = Pick<SimulationResult, 'commits' | 'records' | 'struck' | 'done'>

/** What a sweep of seeds has exercised, so that one which shows nothing does not pass for one that shows no fault. */
export class Coverage {
  #runs = 0
  #commits = 0
  #records = 0
  readonly #faults = new Map<string, number>()
  readonly #deeds = new Map<string, { done: number; refused: number }>()

  add({ commits, records, struck, done }: Exercise): void {
    this.#runs++
    this.#commits += commits
    this.#records += records
    for (const [kind, times] of struck) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + times)
    for (const [kind, { done: times, refused }] of done) {
      const before = this.#deeds.get(kind) ?? { done: 0, refused: 0 }
      this.#deeds.set(kind, { done: before.done + times, refused: before.refused + refused })
    }
  }

  /** Kinds of faults that struck nothing in any run, and of deeds that were never done to their end. */
  get missing(): readonly string[] {
    return [
      ...FAULT_KINDS.filter(kind => (this.#faults.get(kind) ?? 0) === 0).map(kind => `fault ${kind}`),
      ...DEED_KINDS.filter(kind => (this.#deeds.get(kind)?.done ?? 0) === 0).map(kind => `deed ${kind}`),
    ]
  }

  /** One line of totals, one of faults, one of deeds as done/refused. */
  text(): string {
    const faults = FAULT_KINDS.map(kind => `${kind} ${this.#faults.get(kind) ?? 0}`)
    const deeds = DEED_KINDS.map(kind => {
      const { done, refused } = this.#deeds.get(kind) ?? { done: 0, refused: 0 }
      return `${kind} ${done}/${refused}`
    })
    const totals = `${this.#runs} runs, ${this.#records} records, ${this.#commits} commits`
    return `${totals}\nfaults: ${faults.join(', ')}\ndeeds: ${deeds.join(', ')}\n`
  }
}
