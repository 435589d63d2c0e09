import {
  type AskedJob,
  askedIn,
  type AskedPlan,
  DeclaredModel,
  type Pin,
  type PlannedGroup,
} from './declared-model.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'

/** Which versions a revision of a group is made of, and in which order they lie on one another. */
export interface Vector {
  readonly sets: readonly string[]
  readonly pins: Readonly<Record<string, Pin>>
}

/**
 * Promises 1, 6 and 7: a rollout begins with a plan that was made in the record that begins it, from the revision that
 * is committed there; what the job touches is pinned at its head there, and nothing else moves. A job shares only the
 * outcome of an attempt that began after it was asked for. An effect comes out once.
 */
export function checkPlans({ records }: Evidence): Violation[] {
  const judge = new PlanJudge()
  return records.flatMap(read => judge.take(read))
}

/** Follows what is committed, and of what revisions are made. */
export class PlanJudge {
  readonly model = new DeclaredModel()
  /** By `GROUP@REVISION`: of what it is made, as far as anybody can know. */
  readonly vectors = new Map<string, Vector>()
  readonly #jobs = new Map<string, AskedJob & { readonly seq: number }>()
  readonly #committed = new Map<string, number>()
  readonly #digests = new Map<string, string>()
  /** By `JOB GROUP`: records in which its rollouts began. */
  readonly #begun = new Map<string, number>()
  readonly #settled = new Set<string>()

  /** Of the revision of that name, as far as the journal says. */
  digestOf(name: string): string | undefined {
    return this.#digests.get(name)
  }

  take(read: ReadRecord): Violation[] {
    const asked = askedIn(read)
    this.model.take(read, asked)
    const plans = new Map<string, AskedPlan>()
    const violations: Violation[] = []
    for (const { job, isAccepted } of asked)
      if (isAccepted) {
        this.#jobs.set(job.id, { ...job, seq: read.record.seq })
        if (job.plan !== null) plans.set(job.id, job.plan)
      }
    violations.push(...this.#takeEffects(read, plans))
    for (const { type, data } of read.outputs) {
      const group = String(data['group'])
      const revision = Number(data['revision'])
      if (type === 'rollout.started' && data['policy'] !== '') {
        const job = String(data['job'])
        const plan = plans.get(job)?.groups.find(one => one.group === group)
        const at = `${group}@${revision} of job ${job}, begun in record ${read.record.seq},`
        violations.push(...this.#judge(at, job, plan), ...this.#checkDigest(at, job, plans.get(job)))
        this.#begun.set(`${job} ${group}`, read.record.seq)
        if (plan !== undefined) this.#know(group, revision, plan.digest, plan)
      } else if (type === 'group.committed') {
        const digest = String(data['digest'])
        this.#know(group, revision, digest, this.#restored(group, revision, digest))
        this.#committed.set(group, revision)
      } else if (type === 'group.deleted') this.#committed.delete(group)
    }
    return violations
  }

  #takeEffects({ record, inputs }: ReadRecord, plans: Map<string, AskedPlan>): Violation[] {
    return inputs.flatMap(({ route, body }) => {
      if (route !== 'effect') return []
      const { key, event } = body as unknown as EffectBody
      const violations: Violation[] = []
      if (this.#settled.has(key))
        violations.push({ promise: 7, what: `effect ${key} came out again in record ${record.seq}` })
      this.#settled.add(key)
      const [, id = ''] = /^job\/([^#]+)#/.exec(key) ?? []
      if (event.type === 'COMPILED') plans.set(id, event.plan)
      for (const { job, group } of event.type === 'COMPILED' ? event.shared : [])
        if ((this.#begun.get(`${job} ${group}`) ?? 0) < (this.#jobs.get(id)?.seq ?? 0))
          violations.push({
            promise: 3,
            what: `job ${id} shares what ${job} tried in ${group} before it was asked for`,
          })
      return violations
    })
  }

  #judge(at: string, id: string, plan: PlannedGroup | undefined): Violation[] {
    const job = this.#jobs.get(id)
    if (plan === undefined || job === undefined)
      return [{ promise: 1, what: `${at} has no plan that was made in that record` }]
    const committed = this.#committed.get(plan.group) ?? null
    if (plan.base !== committed)
      return [{ promise: 6, what: `${at} is planned from ${plan.base}, and ${committed} is committed` }]
    const current = committed === null ? NOTHING : this.vectors.get(`${plan.group}@${committed}`)
    const isNew = job.relayered.includes(plan.group) || job.kind === 'retry' || committed === null
    const order = isNew ? this.model.groups.get(plan.group) : undefined
    const wrong = plan.sets.filter(path => !this.#isRight(plan.pins[path], path, job, current))
    return [
      ...wrong.map(path => ({
        promise: 1,
        what: `${at} pins ${path} at ${plan.pins[path]?.version}, the head is ${this.model.versionOf(path)}`,
      })),
      ...(isOrdered(plan.sets, order ?? current?.sets ?? [])
        ? []
        : [{ promise: 1, what: `${at} layers ${plan.sets.join(' ')}` }]),
    ]
  }

  #checkDigest(at: string, id: string, plan: AskedPlan | undefined): Violation[] {
    const wanted = this.#jobs.get(id)?.planDigest ?? null
    if (wanted === null || plan === undefined || plan.digest === wanted) return []
    return [{ promise: 1, what: `${at} goes by another plan than was agreed` }]
  }

  #isRight(pin: Pin | undefined, path: string, job: AskedJob, current: Vector | undefined): boolean {
    const head = this.model.heads.get(path)
    const atHead = pin?.version === head?.version && (head?.digest === null || pin?.digest === head?.digest)
    if (job.touched.includes(path) || job.kind === 'retry') return atHead
    // Of what was restored nobody may know of what it is made: then any one version of its own will do.
    if (current === undefined) return this.model.versions.has(`${path}@${pin?.version}`)
    const kept = current.pins[path]
    return kept === undefined ? atHead : pin?.version === kept.version && pin.digest === kept.digest
  }

  #know(group: string, revision: number, digest: string, vector: Vector | undefined): void {
    const name = `${group}@${revision}`
    this.#digests.set(name, digest)
    if (vector !== undefined) this.vectors.set(name, { sets: vector.sets, pins: vector.pins })
  }

  /** What is committed without a plan of its own is an older content; those of one digest may differ in pins. */
  #restored(group: string, revision: number, digest: string): Vector | undefined {
    const own = this.vectors.get(`${group}@${revision}`)
    if (own !== undefined) return own
    const like = [...this.#digests].filter(
      ([name, other]) => name.startsWith(`${group}@`) && other === digest,
    )
    const [first, ...others] = like.map(([name]) => this.vectors.get(name))
    return others.every(other => JSON.stringify(other) === JSON.stringify(first)) ? first : undefined
  }
}

const NOTHING: Vector = { sets: [], pins: {} }

type EffectBody = {
  readonly key: string
  readonly event:
    | {
        readonly type: 'COMPILED'
        readonly plan: AskedPlan
        readonly shared: readonly { readonly job: string; readonly group: string }[]
      }
    | { readonly type: 'COMPILE_FAILED' | 'DELIVERED' | 'UNDELIVERED' }
}

/** Whether what both hold stands in the same order in both. */
function isOrdered(sets: readonly string[], like: readonly string[]): boolean {
  const shared = sets.filter(path => like.includes(path))
  return shared.join(' ') === like.filter(path => shared.includes(path)).join(' ')
}
