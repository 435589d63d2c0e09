import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Operation, RegisterValue } from '../checkers/linearizable.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { AskUntilAnswered } from './admins.ts'
import type { Deed } from './deed.ts'

/** Keys that admins race for lie apart from what groups roll out, so that many races cost no rollout. */
export const RACE_PATH = '/races'
const FRESH_WAIT_MS = 30_000

/** An operation on a key, and the version that a read found. */
export interface KeyOperation extends Operation {
  readonly key: string
  readonly version?: number
  /** True times between which it was asked for and answered; `toMs` is that of giving up when no answer came. */
  readonly fromMs: number
  readonly toMs: number
}

/** Lets admins race for keys, and writes down what each asked for and got, in whole instants that never coincide. */
export class RegisterRaces {
  readonly operations: KeyOperation[] = []
  readonly #cluster: Cluster
  readonly #ask: AskUntilAnswered
  #instant = 0

  constructor(cluster: Cluster, ask: AskUntilAnswered) {
    this.#cluster = cluster
    this.#ask = ask
  }

  async race(deed: Extract<Deed, { kind: 'race' }>): Promise<void> {
    const racers = Array.from({ length: deed.admins }, async (_, index) => {
      await new Promise<void>(resolve => this.#cluster.admin.later(index * deed.gapMs, resolve))
      await this.#run(deed, index)
    })
    await Promise.all(racers)
  }

  /** Reads, swaps what it read for a value that nobody else writes, and reads again. */
  async #run(deed: Extract<Deed, { kind: 'race' }>, index: number): Promise<void> {
    const seen = await this.#read(deed, `${index}a`)
    if (seen === undefined) return
    await this.#swap(deed, index, seen)
    await this.#read(deed, `${index}b`)
  }

  async #read(
    deed: Extract<Deed, { kind: 'race' }>,
    part: string,
  ): Promise<{ readonly value: RegisterValue; readonly version: number } | undefined> {
    const { key } = deed
    const { world } = this.#cluster
    const [startedAt, fromMs] = [++this.#instant, world.nowMs]
    const who = racer(deed, part)
    try {
      const { value, version } = (await this.#ask(
        deed,
        async control => {
          await control.waitForIndex(await control.barrier(), FRESH_WAIT_MS)
          return control.key(RACE_PATH, key).catch((error: unknown) => {
            if (isKonorError(error, 'KONOR_ENGINE_NOT_FOUND')) return { value: null, version: 0 }
            throw error
          })
        },
        part,
      )) as { readonly value: RegisterValue; readonly version: number }
      const did = { kind: 'read', value } as const
      this.operations.push({
        key,
        startedAt,
        endedAt: ++this.#instant,
        did,
        version,
        fromMs,
        toMs: world.nowMs,
      })
      world.tell(who, `read ${key}: ${value ?? 'nothing'}, at version ${version}`)
      return { value, version }
    } catch {
      // A read without an answer says nothing.
      return undefined
    }
  }

  async #swap(
    deed: Extract<Deed, { kind: 'race' }>,
    index: number,
    { value: expected, version }: { readonly value: RegisterValue; readonly version: number },
  ): Promise<void> {
    const { key } = deed
    const value = `${deed.id}.${index}`
    const { world } = this.#cluster
    const [startedAt, fromMs] = [++this.#instant, world.nowMs]
    const change = { path: RACE_PATH, set: { [key]: value }, remove: [], ifMatch: { version, key } }
    const did = { kind: 'swap', expected, value } as const
    const note = (isDone: boolean | undefined): void => {
      world.tell(racer(deed, `${index}`), OUTCOMES[`${isDone}`](key))
      const endedAt = isDone === undefined ? Infinity : ++this.#instant
      this.operations.push({ key, startedAt, endedAt, did: { ...did, isDone }, fromMs, toMs: world.nowMs })
    }
    try {
      await this.#ask(deed, (control, caller) => control.changeEntries(change, caller), `${index}w`)
      note(true)
    } catch (error) {
      if (isKonorError(error, 'KONOR_ENGINE_VERSION_MOVED')) note(false)
      else note(undefined)
    }
  }
}

/** Racers are numbered from one. */
function racer({ by = 'admin' }: Deed, part: string): string {
  return `${by} ${Number.parseInt(part, 10) + 1}`
}

const OUTCOMES = {
  true: (key: string) => `wrote ${key}, because nobody had moved it`,
  false: (key: string) => `was refused: ${key} had moved since it was read`,
  undefined: (key: string) => `never heard whether ${key} was written`,
} as const
