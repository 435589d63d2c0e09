import type { ReadRecord } from '../evidence.ts'
import type { CborItem } from '../read-cbor.ts'
import { GroupModel, type Plan } from './group-model.ts'
import { Declarations, type JobWish } from './declarations.ts'
import { NodesModel } from './nodes-model.ts'
import type { Ending, Expected } from './revision-model.ts'
import { NEWCOMER } from './standing.ts'

type Input = ReadRecord['inputs'][number]
type Fields = Readonly<Record<string, CborItem>>

interface Job extends JobWish {
  readonly id: string
  readonly onFailure?: string
  readonly kind: string
}

/** A rollout or a deletion of this record that has not been given its place among the inputs yet. */
interface Opening {
  readonly group: string
  readonly job: string
  readonly isDeletion: boolean
}

/** What one record must bring about. */
export interface Foretold {
  readonly expected: readonly Expected[]
  readonly objections: readonly string[]
}

/**
 * The reference model: groups, nodes and declarations, from what came in alone. Of the outputs it believes only
 * what others judge: who was accepted, and that a job is let in to begin (locks, freeze).
 */
export class ClusterModel {
  readonly groups = new Map<string, GroupModel>()
  readonly nodes = new NodesModel()
  readonly declarations: Declarations
  isFrozen = false
  readonly endings = new Map<string, Ending>()
  readonly #jobs = new Map<string, Job>()
  readonly #plans = new Map<string, { readonly seq: number; readonly groups: ReadonlyMap<string, Plan> }>()
  /** Job → group → what became of it, or that it is pending. */
  readonly #outcomes = new Map<string, Map<string, string>>()
  /** Jobs that have begun a rollout, and so hold the locks of all their groups. */
  readonly #begun = new Set<string>()
  #openings: Opening[] = []
  #fold = 0
  #expected: Expected[] = []
  #objections: string[] = []

  constructor(blobs: ReadonlyMap<string, Uint8Array>) {
    this.declarations = new Declarations(blobs)
  }

  fold(read: ReadRecord): Foretold {
    this.#expected = []
    this.#objections = []
    // One that gives up because its groups moved ends without a word of them.
    for (const { type, data } of read.outputs)
      if (type === 'job.ended' && listOf(data['groups'] as CborItem).length === 0)
        this.#begun.delete(String(data['job']))
    this.#openings = read.outputs.flatMap(({ type, data }) =>
      type === 'rollout.started' || type === 'group.deleted'
        ? [
            {
              group: String(data['group']),
              job: String(data['job'] ?? ''),
              isDeletion: type === 'group.deleted',
            },
          ]
        : [],
    )
    this.#fold = read.fold
    for (const group of this.groups.values())
      Object.assign(group, { nowMs: read.record.timeMs, fold: read.fold })
    const accepted = new Accepted(read)
    for (const input of read.inputs) {
      this.#hear(read, input, accepted)
      this.#collect()
      this.#open(read.record.seq)
      this.#collect()
    }
    for (const { type, data } of read.outputs)
      if (type === 'job.ended') this.#begun.delete(String(data['job']))
    for (const { group, job } of this.#openings)
      this.#objections.push(`${group} is begun or deleted by ${job} where that is not possible`)
    return { expected: this.#expected, objections: this.#objections }
  }

  #hear(read: ReadRecord, input: Input, accepted: Accepted): void {
    const { route, body } = input
    switch (route) {
      case 'declare':
        return accepted.isJob(body) ? this.#declare(read, body) : undefined
      case 'effect':
        return this.#compiled(read, body)
      case 'rollback':
        return accepted.isJob(body) ? this.#rollBack(body) : undefined
      case 'delete-group':
        return accepted.isJob(body) ? this.#note(jobOf(body)) : undefined
      case 'control':
        return this.#control(body)
      case 'cancel':
        return accepted.next('job.cancel') ? this.#cancel(body) : undefined
      case 'timer':
        return this.#timer(body)
      case 'freeze':
      case 'thaw':
        if (accepted.next(`cluster.${route}`)) this.isFrozen = route === 'freeze'
        return
      case 'redeem':
        return this.#redeem(body, accepted.nextDetail('token.redeem'))
      default:
        return this.#node(route, body, accepted)
    }
  }

  #declare({ record }: ReadRecord, body: Fields): void {
    const job = jobOf(body)
    this.#note(job)
    const { declarations } = this
    for (const { name, uses, with: options } of listOf<{ name: string; uses: string; with: object }>(
      body['policies'],
    ))
      declarations.policies.set(name, { uses, options: { ...options } })
    const before = new Map(
      [...this.groups].map(([name, group]) => [name, group.state === 'deleted' ? [] : group.sets]),
    )
    for (const one of listOf<SetChange>(body['sets']))
      declarations.move(one.path, one.base + 1, one.declare?.digest ?? null)
    const relayered: string[] = []
    for (const { name, sets, policy } of listOf<{ name: string; sets: string[]; policy: string }>(
      body['groups'],
    )) {
      const known = this.groups.get(name)
      if (String(before.get(name) ?? []) !== String(sets)) relayered.push(name)
      if (known !== undefined && known.state !== 'deleted') Object.assign(known, { sets, policy })
      else this.groups.set(name, this.#born(name, sets, policy, known, record.timeMs))
    }
    if (relayered.toSorted().join() !== job.relayered.toSorted().join())
      this.#objections.push(
        `job ${job.id} says that it relayers ${job.relayered.join() || 'nothing'}, not ${relayered.join()}`,
      )
    for (const group of listOf<string>(body['retry'])) {
      const known = this.groups.get(group)
      if (known !== undefined) known.retry++
    }
    const plan = (body['job'] as Fields)['plan']
    if (plan !== null) this.#plan(record.seq, job, plan as Fields, undefined)
  }

  #born(
    name: string,
    sets: readonly string[],
    policy: string,
    before: GroupModel | undefined,
    nowMs: number,
  ): GroupModel {
    const group = new GroupModel(name, sets, policy, before?.lastRevision ?? 0)
    group.nowMs = nowMs
    group.fold = this.#fold
    return group
  }

  /** A plan that was made later, of the state as it is by now. */
  #compiled({ record }: ReadRecord, body: Fields): void {
    const event = body['event'] as Fields
    const id = /^job\/(.+)#compile/.exec(String(body['key']))?.[1]
    const job = id === undefined ? undefined : this.#jobs.get(id)
    if (job !== undefined && event['type'] === 'COMPILED')
      this.#plan(record.seq, job, event['plan'] as Fields, job.groups)
    for (const { group, outcome } of listOf<{ group: string; outcome: string }>(event['shared']))
      this.#outcomes.get(job?.id ?? '')?.set(group, outcome)
  }

  #plan(seq: number, job: Job, plan: Fields, only: readonly string[] | undefined): void {
    const said = listOf<Plan & { readonly group: string }>(plan['groups'])
    const groups = [...this.groups.values()].filter(
      ({ name, state }) => state !== 'deleted' && (only?.includes(name) ?? true),
    )
    const told = this.declarations.judge(job, groups, said)
    this.#objections.push(...told.map(what => `the plan of job ${job.id} in record ${seq} ${what}`))
    this.#outcomes.set(job.id, new Map(said.map(({ group }) => [group, 'pending'])))
    this.#plans.set(job.id, {
      seq,
      groups: new Map(
        said.map(one => [one.group, { ...one, policy: this.declarations.policyOf(one.policy.name) }]),
      ),
    })
  }

  /** Begins what a record begins as soon as its group can take it; what is of one group, in the order told. */
  #open(seq: number): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      const later = new Set<string>()
      this.#openings = this.#openings.filter(opening => {
        const mustWait = later.has(opening.group) || !this.#begin(seq, opening)
        if (mustWait) later.add(opening.group)
        else {
          isMoving = true
          // One that ends at once lets go of what others of this record wait for.
          this.#collect()
        }
        return mustWait
      })
    }
  }

  /** Whether it could begin by now. */
  #begin(seq: number, opening: Opening): boolean {
    const group = this.groups.get(opening.group)
    if (group === undefined || this.#isBusy(group) || this.#isHeld(opening)) return false
    if (opening.isDeletion) {
      if (!this.#deletes(opening.group)) return false
      group.delete()
      return true
    }
    const planned = this.#plans.get(opening.job)
    const plan = planned?.seq === seq ? planned.groups.get(opening.group) : undefined
    if (plan === undefined || this.isFrozen) return false
    if (plan.base !== (group.committed?.revision ?? null))
      this.#objections.push(
        `${opening.group} is rolled out from ${plan.base}, which is not what it committed`,
      )
    this.#begun.add(opening.job)
    group.begin(opening.job, this.#jobs.get(opening.job)?.kind ?? '', plan)
    return true
  }

  /** A job has it, or waits for the way back from what it began; rollbacks hold nobody up. */
  #isBusy({ state, waiting }: GroupModel): boolean {
    return state === 'rolling' || waiting.some(job => this.#jobs.get(job)?.kind !== 'rollback')
  }

  /** Another job has its lock: one of its groups is not through, and may take this one back with it. */
  #isHeld({ group, job }: Opening): boolean {
    return [...this.#begun].some(
      other =>
        other !== job &&
        this.#outcomes.get(other)?.has(group) === true &&
        [...(this.#outcomes.get(other)?.values() ?? [])].includes('pending'),
    )
  }

  #deletes(group: string): boolean {
    return [...this.#jobs.values()].some(job => job.kind === 'delete-group' && job.groups.includes(group))
  }

  #rollBack(body: Fields): void {
    const job = jobOf(body)
    this.#note(job)
    const group = this.groups.get(String(body['group']))
    const to = body['to']
    const target = to === null ? null : (group?.revisions.find(({ revision }) => revision === to) ?? null)
    group?.rollBack(job.id, target, 'committed')
  }

  /** What a policy does not take now it refuses by name: nothing comes of it. */
  #control(body: Fields): void {
    this.groups.get(String(body['group']))?.control(String(body['action']))
  }

  #cancel(body: Fields): void {
    if (body['mode'] !== 'abort-and-observe') return
    for (const group of this.groups.values()) if (group.holder === body['job']) group.callOff('cancelled')
  }

  #timer(body: Fields): void {
    const [kind = '', name = '', revision = ''] = String(body['address']).split('/')
    if (kind === 'policy-run' || kind === 'rollout')
      this.groups.get(name)?.due(Number(revision), kind === 'policy-run')
  }

  #redeem(body: Fields, detail: Fields | undefined): void {
    if (detail === undefined) return
    const [node, group] = [String(detail['node']), String(detail['group'])]
    this.nodes.redeemed(String(body['key']), node)
    const known = this.groups.get(group)
    if (known === undefined || this.nodes.isSubscribed(node, group, known)) return
    this.nodes.join(node, group, known)
    this.#expected.push({ type: 'subscription.joined', data: { group, node } })
    known.changed(node, null, NEWCOMER)
  }

  #node(route: string, body: Fields, accepted: Accepted): void {
    const { nodes } = this
    const tell = (type: string, data: Expected['data']): void => void this.#expected.push({ type, data })
    if (route === 'hello') nodes.hello(String(body['key']), tell)
    else if (route === 'liveness')
      for (const { node, to } of listOf<{ node: string; to: string }>(body['changes']))
        nodes.liveness(node, to, tell)
    else if (route === 'report') nodes.report(body, tell)
    else if (route === 'drain-node' && accepted.next('node.drain')) nodes.drain(String(body['node']), tell)
    else if (route === 'remove-node' && accepted.next('node.remove')) nodes.remove(String(body['node']), tell)
  }

  #note(job: Job): void {
    this.#jobs.set(job.id, job)
  }

  /** What groups told, and what jobs make of it: one of `rollback-all` takes all its groups back with the first. */
  #collect(): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      for (const group of this.groups.values()) {
        this.#expected.push(...group.expected.splice(0))
        for (const ending of group.endings.splice(0)) {
          isMoving = true
          this.endings.set(`${ending.job} ${ending.group}`, ending)
          this.#heard(ending)
        }
      }
    }
  }

  #heard(ending: Ending): void {
    const { job: id, group, outcome } = ending
    const job = this.#jobs.get(id)
    const outcomes = this.#outcomes.get(id)
    if (outcomes === undefined || ![...outcomes.values()].includes('pending')) return
    if (job?.onFailure === 'rollback-all' && this.#isLate(outcomes, ending)) {
      this.groups.get(group)?.rollBack(id, null, 'rolled-back')
      return
    }
    outcomes.set(group, outcome)
    if (job?.onFailure !== 'rollback-all' || outcome === 'committed' || outcome === 'unchanged') return
    for (const [sibling, now] of outcomes) {
      const other = this.groups.get(sibling)
      if (sibling === group || other === undefined || other.state === 'deleted') continue
      if (now === 'pending') other.callOff('sibling-failed')
      if (now !== 'committed') continue
      outcomes.set(sibling, 'pending')
      other.rollBack(id, null, 'rolled-back')
    }
  }

  /** It settled before it could hear that another failed, and says nothing of why it could not go back. */
  #isLate(outcomes: ReadonlyMap<string, string>, { group, outcome, reason }: Ending): boolean {
    const others = [...outcomes].filter(([name]) => name !== group).map(([, now]) => now)
    const isLost = others.some(now => !['pending', 'committed', 'unchanged'].includes(now))
    return this.#fold > 1 && outcome === 'committed' && reason === null && isLost
  }
}

interface SetChange {
  readonly path: string
  readonly base: number
  readonly declare: { readonly digest: string } | null
}

/** Who was accepted in one record: by job, or one after the other by what was asked. */
class Accepted {
  readonly #jobs: ReadonlySet<string>
  readonly #audits = new Map<string, Fields[]>()

  constructor({ outputs }: ReadRecord) {
    this.#jobs = new Set(
      outputs.flatMap(({ type, data }) => (type === 'job.accepted' ? [String(data['job'])] : [])),
    )
    for (const { type, data } of outputs) {
      if (type !== 'audit') continue
      const action = String(data['action'])
      this.#audits.set(action, [...(this.#audits.get(action) ?? []), data])
    }
  }

  isJob(body: Fields): boolean {
    return this.#jobs.has(jobOf(body).id)
  }

  next(action: string): boolean {
    return this.nextDetail(action) !== undefined
  }

  /** What the next audit of the action says in detail; undefined when that was refused. */
  nextDetail(action: string): Fields | undefined {
    const data = this.#audits.get(action)?.shift()
    return data?.['outcome'] === 'accepted' ? ((data['detail'] ?? {}) as Fields) : undefined
  }
}

function jobOf(body: Fields): Job {
  return body['job'] as unknown as Job
}

function listOf<T>(value: CborItem | undefined): readonly T[] {
  return (value ?? []) as unknown as readonly T[]
}
