import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type CborItem, readCbor } from '../read-cbor.ts'
import type { GroupModel, Plan } from './group-model.ts'
import { type PolicyRules, rulesOf } from './policy-rules.ts'
import type { Pin } from './revision-model.ts'

/** What of a job says where it leads. */
export interface JobWish {
  readonly kind: string
  readonly touched: readonly string[]
  readonly relayered: readonly string[]
  readonly groups: readonly string[]
}

interface Head {
  readonly version: number
  /** Null: the path was deleted. */
  readonly digest: string | null
}

type Entries = Readonly<Record<string, CborItem>>
type Vector = { readonly sets: readonly string[]; readonly pins: Readonly<Record<string, Pin>> }
type Planned = Plan & { readonly group: string }

/** What is declared: heads of paths and policies; and what a job must make of them. */
export class Declarations {
  readonly policies = new Map<
    string,
    { readonly uses: string; readonly options: Readonly<Record<string, unknown>> }
  >()
  readonly #heads = new Map<string, Head>()
  readonly #blobs: ReadonlyMap<string, Uint8Array>
  readonly #entries = new Map<string, Entries>()
  /** Of a path without entries: the digest of an empty map. */
  readonly #nothing = sha256(Uint8Array.of(0xa0))

  constructor(blobs: ReadonlyMap<string, Uint8Array>) {
    this.#blobs = blobs
  }

  move(path: string, version: number, digest: string | null): void {
    this.#heads.set(path, { version, digest })
  }

  headOf(path: string): number | undefined {
    return this.#heads.get(path)?.version
  }

  policyOf(name: string): { readonly name: string } & PolicyRules {
    const declared = this.policies.get(name) ?? { uses: name, options: {} }
    return { name, ...rulesOf(declared.uses, declared.options) }
  }

  /** What is wrong with a plan: which groups it moves, to which pins, by which policy, to what content. */
  judge(job: JobWish, groups: readonly GroupModel[], said: readonly Planned[]): string[] {
    const wrong: string[] = []
    const plans = new Map(said.map(plan => [plan.group, plan]))
    for (const group of groups) {
      const wanted = this.#vectorOf(job, group)
      const plan = plans.get(group.name)
      plans.delete(group.name)
      if (wanted === undefined && plan !== undefined)
        wrong.push(`moves ${group.name}, which it must leave alone`)
      if (wanted !== undefined && plan === undefined) wrong.push(`does not move ${group.name}`)
      if (wanted !== undefined && plan !== undefined) wrong.push(...this.#compare(group, wanted, plan))
    }
    return [...wrong, ...[...plans.keys()].map(name => `moves ${name}, of which nothing is known`)]
  }

  #compare(group: GroupModel, wanted: Vector, plan: Planned): string[] {
    const wrong: string[] = []
    const at = `of ${group.name}`
    const base = group.committed?.revision ?? null
    if (plan.base !== base) wrong.push(`${at} is based on ${plan.base}, not on ${base}`)
    if (!isDeepStrictEqual(plan.sets, wanted.sets))
      wrong.push(`${at} layers ${plan.sets.join()}, not ${wanted.sets.join()}`)
    if (!isDeepStrictEqual(plain(plan.pins), plain(wanted.pins)))
      wrong.push(`${at} pins ${JSON.stringify(plan.pins)}, not ${JSON.stringify(wanted.pins)}`)
    const { name, options } = this.policyOf(group.policy)
    if (plan.policy.name !== name || !isDeepStrictEqual(plain(plan.policy.options), plain(options)))
      wrong.push(`${at} goes by ${JSON.stringify(plan.policy)}, not by ${name} ${JSON.stringify(options)}`)
    return [...wrong, ...this.#compareContent(at, wanted, plan)]
  }

  /** The bundle that the plan names holds the entries of all its layers, a later one over an earlier. */
  #compareContent(at: string, { sets, pins }: Vector, { digest, sizeBytes }: Planned): string[] {
    const bytes = this.#blobs.get(digest)
    if (bytes === undefined) return [`${at} names a bundle that is not kept`]
    if (bytes.length !== sizeBytes || sha256(bytes) !== digest) return [`${at} names a bundle of other bytes`]
    const effective: Record<string, CborItem> = {}
    for (const path of sets) Object.assign(effective, this.entriesOf(pins[path]?.digest ?? this.#nothing))
    return isDeepStrictEqual(plain(this.entriesOf(digest)), plain(effective))
      ? []
      : [`${at} has other content than its layers`]
  }

  /** What a blob holds. */
  entriesOf(digest: string): Entries {
    const known = this.#entries.get(digest)
    if (known !== undefined) return known
    const bytes = this.#blobs.get(digest)
    const entries = digest === this.#nothing || bytes === undefined ? {} : (readCbor(bytes) as Entries)
    this.#entries.set(digest, entries)
    return entries
  }

  /** Where the job must lead the group; undefined when it must leave it alone. */
  #vectorOf(job: JobWish, group: GroupModel): Vector | undefined {
    const { committed, sets } = group
    const isRetry = job.kind === 'retry'
    const isNamed = isRetry ? job.groups.includes(group.name) : job.relayered.includes(group.name)
    const touches = (path: string): boolean => job.touched.includes(path)
    if (!isNamed && (isRetry || ![...sets, ...(committed?.sets ?? [])].some(touches))) return undefined
    const vector =
      isNamed || committed === null ? this.#declared(job, group, isRetry) : this.#advanced(job, group)
    const isSame =
      committed !== null &&
      isDeepStrictEqual(vector.sets, committed.sets) &&
      isDeepStrictEqual(plain(vector.pins), plain(pick(committed)))
    return isSame ? undefined : vector
  }

  /** The declared list as it is: a pin stays, unless the job touches its path; what had none goes to its head. */
  #declared(job: JobWish, { sets, committed }: GroupModel, isRetry: boolean): Vector {
    const pinOf = (path: string): Pin =>
      (isRetry || job.touched.includes(path) ? undefined : committed?.pins[path]) ?? this.#pinAtHead(path)
    return { sets, pins: Object.fromEntries(sets.map(path => [path, pinOf(path)])) }
  }

  /** What runs, with what the job touches at its head: layered anew where declared, gone where it is not. */
  #advanced(job: JobWish, { sets: declared, committed }: GroupModel): Vector {
    const running = committed?.sets ?? []
    const kept = running.filter(path => !job.touched.includes(path) || declared.includes(path))
    const sets = [...kept]
    for (const [index, path] of declared.entries()) {
      if (!job.touched.includes(path) || sets.includes(path)) continue
      const before = declared.slice(0, index).filter(earlier => sets.includes(earlier))
      sets.splice(before.length === 0 ? 0 : sets.indexOf(before.at(-1) ?? '') + 1, 0, path)
    }
    const pinOf = (path: string): Pin =>
      (job.touched.includes(path) ? undefined : committed?.pins[path]) ?? this.#pinAtHead(path)
    return { sets, pins: Object.fromEntries(sets.map(path => [path, pinOf(path)])) }
  }

  #pinAtHead(path: string): Pin {
    const head = this.#heads.get(path)
    return { version: head?.version ?? 0, digest: head?.digest ?? this.#nothing }
  }
}

function pick({ pins, sets }: Vector): Vector['pins'] {
  return Object.fromEntries(sets.flatMap(path => (pins[path] === undefined ? [] : [[path, pins[path]]])))
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
