import { charts } from '../../runtime/engine/charts.ts'
import { routes } from '../../runtime/engine/routes/routes.ts'
import { type ChartRegistry, createChartRegistry } from '../../runtime/kernel/chart-registry.ts'
import { Kernel } from '../../runtime/kernel/kernel.ts'
import type { Position } from '../../runtime/kernel/kernel-state.ts'
import { decodeInputs, encodeOutputs } from '../../runtime/kernel/record-codec.ts'
import { encodeState } from '../../runtime/kernel/state-codec.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'
import { FOLD_LAWS } from './fold-laws.ts'
import { FoldLedger, kindsOf } from './fold-ledger.ts'
import { replicaProblems } from './replica-problems.ts'
import type { ReplicaSample } from './shared-evidence.ts'
import { type ActorTexts, portraitDigest, type Portrait } from './state-portrait.ts'
import { viewProblems } from './view-problems.ts'

/** How the journal is folded once more. */
export interface FoldAgain {
  /** The state goes through its stored form after every so many records; 0: never; 1: and is stored once more. */
  readonly codecEvery: number
}

let unhurried: ChartRegistry | undefined

/**
 * Promise 6, from within: the journal folded once more, input by input and without the shortcuts of the
 * product, beside a ledger that the kernel does not keep. Each input must obey the laws of folding, each
 * record give what it told when it was written, and each state that a central was seen with come out again, also of
 * those that only follow.
 */
export function checkFold({ records, portraits, shared }: Evidence, { codecEvery }: FoldAgain): Violation[] {
  const replicas = shared?.replicas ?? []
  const fold = new Refold(portraits, replicas)
  for (const { seq, recordHash, occasion } of portraits)
    if (recordHash === '')
      fold.violations.push({
        promise: 1,
        what: `central, as it ${occasion}, had folded record ${seq}: the journal had none`,
      })
  for (const [index, read] of records.entries()) {
    fold.record(read)
    if (codecEvery > 0 && index % codecEvery === 0) fold.throughItsStoredForm(codecEvery === 1)
    if (fold.violations.length > 0) return fold.violations
  }
  return [...fold.violations, ...replicaProblems(replicas, fold.digests, records.length)]
}

class Refold {
  readonly violations: Violation[] = []
  /** Of the state after each record at which a replica was seen. */
  readonly digests = new Map<number, string>()
  readonly #kernel: Kernel
  readonly #ledger = new FoldLedger()
  readonly #portraits = new Map<number, Portrait[]>()
  readonly #seen: ReadonlySet<number>
  readonly #texts: ActorTexts = new WeakMap()

  constructor(portraits: readonly Portrait[], replicas: readonly ReplicaSample[]) {
    unhurried ??= createChartRegistry(charts, { shortcuts: false })
    this.#kernel = new Kernel(unhurried, routes)
    for (const one of portraits) this.#portraits.set(one.seq, [...(this.#portraits.get(one.seq) ?? []), one])
    this.#seen = new Set(replicas.map(({ seq }) => seq))
    this.#digest(0)
  }

  record({ record, fold }: ReadRecord): void {
    const kernel = this.#kernel
    const { seq, timeline, epoch, timeMs, wallMs } = record
    const position: Position = { timeline, epoch, seq, timeMs, foldVersion: fold }
    const at = { seq, timeMs, wallMs }
    const draft = kernel.draft()
    const touched = new Set<string>()
    const outputs = decodeInputs(record.payload).flatMap(input => {
      const layer = kernel.draftOn(draft)
      const folded = kernel.fold(layer, input, at, position)
      const { route, body } = input
      const changed = [...layer.changed()]
      const step = { route, body, at, before: this.#ledger, after: layer, changed, outputs: folded.outputs }
      for (const law of FOLD_LAWS) this.#note(seq, `input ${route}`, law(step))
      this.#ledger.note(step)
      this.#note(seq, `input ${route}`, viewProblems(layer, this.#ledger, kindsOf(changed)))
      for (const kind of kindsOf(changed)) touched.add(kind)
      layer.mergeInto(draft)
      return folded.outputs
    })
    if (Buffer.compare(encodeOutputs(outputs), record.outputs) !== 0)
      this.#note(seq, 'its record', ['folded again, it tells something else'])
    kernel.commit(draft, position)
    this.#note(seq, 'the state', viewProblems(kernel.state, this.#ledger, touched))
    this.#digest(seq)
    this.#compare(record)
  }

  #digest(seq: number): void {
    if (this.#seen.has(seq)) this.digests.set(seq, portraitDigest(this.#kernel.state, this.#texts))
  }

  /** What central was seen with after this very record. */
  #compare({ seq, hash }: ReadRecord['record']): void {
    const seen = (this.#portraits.get(seq) ?? []).filter(({ recordHash }) => recordHash === hash)
    const [first] = seen
    if (first === undefined) return
    const digest = portraitDigest(this.#kernel.state, this.#texts)
    for (const portrait of seen)
      if (portrait.digest !== digest)
        this.#note(seq, `central, as it ${portrait.occasion}`, [
          'it held another state than its journal folds to',
        ])
  }

  /** Folding goes on from what is read back: it must not matter. `isThorough`: its bytes must come out again, too. */
  throughItsStoredForm(isThorough: boolean): void {
    const { state } = this.#kernel
    const bytes = encodeState(state)
    const before = portraitDigest(state, this.#texts)
    this.#kernel.restore(bytes)
    const { seq } = state.position
    if (portraitDigest(this.#kernel.state, this.#texts) !== before)
      this.#note(seq, 'the state', ['read back from its stored form, it is another one'])
    if (isThorough && Buffer.compare(encodeState(this.#kernel.state), bytes) !== 0)
      this.#note(seq, 'the state', ['stored, read back and stored again, it has other bytes'])
    this.#ledger.reload(this.#kernel.state.actors(), this.#kernel.state.effects())
  }

  #note(seq: number, who: string, problems: readonly string[]): void {
    for (const problem of problems)
      this.violations.push({ promise: 6, what: `record ${seq}, ${who}: ${problem}` })
  }
}
