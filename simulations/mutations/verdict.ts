import type { KillerRun } from './run-killer.ts'
import type { Mutation } from './mutation.ts'

/** What became of a mutation. `hung`: the command did not end in time, which the fault itself may have caused. */
export type Outcome = 'caught' | 'hung' | 'survived'

export interface Verdict extends Pick<Mutation, 'id' | 'module' | 'reach' | 'breaks' | 'models'> {
  readonly outcome: Outcome
  readonly seconds: number
  /** The seed of a simulation that failed. */
  readonly seed?: string
  /** The number of the promise that a checker named. */
  readonly promise?: number
  /** The first line that says what went wrong. */
  readonly evidence?: string
}

/** Characters of a line of evidence. */
const EVIDENCE_LENGTH_MAX = 160

export function verdictOf(mutation: Mutation, run: KillerRun): Verdict {
  const { id, module, reach, breaks, models } = mutation
  const outcome: Outcome = run.code === null ? 'hung' : run.code === 0 ? 'survived' : 'caught'
  const seconds = Math.round(run.durationMs / 100) / 10
  const base = { id, module, reach, breaks, models, outcome, seconds }
  return outcome === 'survived' ? base : { ...base, ...evidenceIn(run.output) }
}

/** What the output of a failed simulation or test says: the seed, the promise, the first complaint. */
export function evidenceIn(output: string): Pick<Verdict, 'seed' | 'promise' | 'evidence'> {
  const seed = /\bseed[\s"':=]+([\w.-]*\d[\w.-]*)/i.exec(output)?.[1]
  const promise = /\bpromise[\s"':=#]+(\d{1,2})\b/i.exec(output)?.[1]
  const complaints = output.split('\n').filter(text => !text.trimStart().startsWith('✔'))
  const line = complaints.find(text => /✘|\[fail\]|\bviolat|\bbroke|\bpromise\b|\bError\b/i.test(text))
  const evidence = line?.trim().slice(0, EVIDENCE_LENGTH_MAX)
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(promise === undefined ? {} : { promise: Number(promise) }),
    ...(evidence === undefined ? {} : { evidence }),
  }
}
