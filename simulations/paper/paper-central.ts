import type { GroupContext } from '../../actors/group/context.ts'
import type { JobContext } from '../../actors/job/context.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { compileStep } from '../../runtime/engine/compile-step.ts'
import type { Preparation, Prepared } from '../../runtime/engine/leader.ts'
import { routes } from '../../runtime/engine/routes/routes.ts'
import { sharedMachines } from '../../runtime/engine/shared-machines.ts'
import { contextOf, isDone, isIn, valueOf } from '../../runtime/kernel/actor-record.ts'
import type { Folded, Input, Output } from '../../runtime/kernel/input.ts'
import { Kernel } from '../../runtime/kernel/kernel.ts'
import type { Position, StateView } from '../../runtime/kernel/kernel-state.ts'
import { FOLD_VERSION } from '../../runtime/kernel/fold-version.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { ReadRecord } from '../checkers/evidence.ts'

/** Makes an input of the state as it is then; undefined when there is nothing to say. */
export type Prepare = (preparation: Preparation) => Prepared | undefined

/** The wall clock of a cluster on paper when its journal begins. */
const WALL_MS = 1_700_000_000_000

/** The kernel, routes and compiler of a central, without anything around them: whoever calls says what comes in. */
export class PaperCentral {
  readonly blobs = new Map<Digest, Uint8Array>()
  nowMs = 0
  /** The version that records are folded as from here on. */
  fold = FOLD_VERSION
  /** Audit entries that say something else than who asked was told. */
  readonly misreported: string[] = []
  readonly #kernel = new Kernel(sharedMachines(), routes)
  #seq = 0

  constructor() {
    this.record([
      () => ({ input: system('claim', {}) }),
      () => ({ input: system('bootstrap', { id: 'paper', keys: [] }) }),
    ])
  }

  get view(): StateView {
    return this.#kernel.state
  }

  get position(): Position {
    return this.#kernel.position
  }

  /** Folds inputs into one record, one on top of the other. What cannot be prepared is left out. */
  record(prepares: readonly Prepare[]): ReadRecord {
    const seq = ++this.#seq
    const draft = this.#kernel.draft()
    const position: Position = { timeline: 1, epoch: 1, seq, timeMs: this.nowMs, foldVersion: this.fold }
    const at = { seq, timeMs: this.nowMs, wallMs: WALL_MS + this.nowMs }
    const inputs: Input[] = []
    const outputs: Output[] = []
    for (const prepare of prepares) {
      const prepared = this.#prepared(prepare, {
        view: draft,
        position,
        wallMs: at.wallMs,
        blob: digest => this.#blob(digest),
      })
      if (prepared === undefined) continue
      for (const { digest, bytes } of prepared.blobs ?? []) this.blobs.set(digest, bytes)
      inputs.push(prepared.input)
      const folded = this.#kernel.fold(draft, prepared.input, at, position)
      outputs.push(...folded.outputs)
      this.#compareAudit(prepared.input, folded)
    }
    this.#kernel.commit(draft, position)
    const record = { seq, timeline: 1, epoch: 1, timeMs: this.nowMs, wallMs: at.wallMs }
    return {
      record,
      atMs: this.nowMs,
      fold: this.fold,
      inputs,
      outputs,
      drafted: undefined,
    } as unknown as ReadRecord
  }

  /** What the step runner would hand in: plans that jobs wait for. */
  async compiled(): Promise<readonly Prepare[]> {
    const effects = [...this.view.effects().values()].filter(({ kind }) => kind === 'compile')
    return Promise.all(
      effects.map(async (effect): Promise<Prepare> => {
        const finish = await compileStep.perform(effect)
        return preparation => {
          try {
            const { event, blobs = [] } = finish(preparation)
            return { input: system('effect', { key: effect.key, event }), blobs }
          } catch (error) {
            return { input: system('effect', { key: effect.key, event: compileStep.failed(effect, error) }) }
          }
        }
      }),
    )
  }

  /** Journaled deadlines that are due. */
  due(): readonly Prepare[] {
    return this.#deadlines().flatMap(({ dueMs, told }) => (dueMs <= this.nowMs ? [told] : []))
  }

  /** One that is not: whoever handed it over did not know yet that it was moved. */
  early(random: SeededRandom): readonly Prepare[] {
    const waiting = this.#deadlines().filter(({ dueMs }) => dueMs > this.nowMs)
    const one = waiting[random.integer(waiting.length)]
    return one === undefined ? [] : [one.told]
  }

  #deadlines(): readonly { readonly dueMs: number; readonly told: Prepare }[] {
    return [...this.view.list('policy-run'), ...this.view.list('rollout')].flatMap(record =>
      isDone(record)
        ? []
        : Object.entries(record.deadlines).map(([timer, { dueMs }]) => ({
            dueMs,
            told: () => ({ input: system('timer', { address: record.address, timer }) }),
          })),
    )
  }

  #compareAudit({ route }: Input, { reply, outputs: [first] }: Folded): void {
    if (first?.type !== 'audit' || this.fold === 1) return
    const told = reply.ok ? 'accepted' : `refused ${reply.refusal.code}`
    const { outcome, code } = first.data
    const written = code === undefined ? String(outcome) : `${String(outcome)} ${String(code)}`
    if (told !== written) this.misreported.push(`the audit has ${route} as ${written}, and it was ${told}`)
  }

  /** Jobs that have not ended, with the state that each is in. */
  openJobs(): readonly { readonly id: string; readonly state: string }[] {
    return this.view
      .list('job')
      .filter(record => !isDone(record))
      .map(record => ({ id: contextOf<JobContext>(record).id, state: JSON.stringify(valueOf(record)) }))
  }

  /** What goes on although no job is open: it would do so for ever. */
  leftOver(): readonly string[] {
    const living = (kind: string) => this.view.list(kind).filter(record => !isDone(record))
    // The rollout of what is committed counts who follows for as long as it is that.
    const watched = new Set(
      living('group')
        .map(record => contextOf<GroupContext>(record))
        .map(({ name, tracked }) => `rollout/${name}/${tracked}`),
    )
    return [
      ...[...living('policy-run'), ...living('rollout')].filter(({ address }) => !watched.has(address)),
      ...living('lock').filter(record => !isIn(record, 'free')),
    ].map(({ address }) => address)
  }

  #prepared(prepare: Prepare, preparation: Preparation): Prepared | undefined {
    try {
      return prepare(preparation)
    } catch (error) {
      if (isKonorError(error)) return undefined
      throw error
    }
  }

  #blob(digest: Digest): Uint8Array {
    const bytes = this.blobs.get(digest)
    if (bytes === undefined) throw new RangeError(`nothing is kept under ${digest}`)
    return bytes
  }
}

export function system(route: string, body: object): Input {
  return { route, by: 'system', scopes: ['system'], body: body as Input['body'] }
}
