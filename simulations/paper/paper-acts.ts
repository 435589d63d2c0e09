import type { GroupContext } from '../../actors/group/context.ts'
import type { JobContext } from '../../actors/job/context.ts'
import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import type { Desire } from '../../actors/vocabulary/desire.ts'
import { desireOf, type Told } from '../../runtime/central/link-host/desire-of.ts'
import type { Caller } from '../../runtime/engine/control.ts'
import {
  inputOf,
  plainJob,
  prepareApply,
  prepareDeleteSet,
  prepareEntries,
  prepareRetry,
} from '../../runtime/engine/prepare-apply.ts'
import { contextOf, isDone, isIn } from '../../runtime/kernel/actor-record.ts'
import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { PaperCentral, Prepare } from './paper-central.ts'
import { system } from './paper-central.ts'
import { drawDocuments, PAPER_PATHS } from './paper-documents.ts'
import type { PaperMood } from './paper-mood.ts'

const ADMIN: Caller = { principal: 'key/admin', scopes: ['admin'] }
const NODE: Caller = { principal: 'node/any', scopes: ['node'] }
/** Of groups and nodes some begin like others: whoever confuses them shows it. */
export const PAPER_GROUPS = ['web', 'web-eu'] as const
const NODES = ['n1', 'n10', 'n2', 'n3', 'n30', 'n31', 'n4'] as const
/** Of a content that nobody declared: what another timeline may have had under a number. */
const FOREIGN = digestOf('another timeline')

/** Draws what people, agents and the monitor of liveness say next; it looks at the state to aim, never to decide. */
export class PaperActs {
  /** The names that there are. */
  readonly nodes: readonly string[]
  readonly #random: SeededRandom
  readonly #central: PaperCentral
  readonly #mood: PaperMood
  readonly #seqs = new Map<string, number>()
  #count = 0

  constructor(random: SeededRandom, central: PaperCentral, mood: PaperMood) {
    this.#random = random
    this.#central = central
    this.#mood = mood
    this.nodes = NODES.slice(0, mood.nodes)
  }

  /** Two groups over shared paths, and a few nodes. */
  begin(): readonly (readonly Prepare[])[] {
    const joins = PAPER_GROUPS.flatMap(group =>
      this.nodes.filter(() => this.#one(4) > 0).map(node => this.#join(node, group)),
    )
    return [[this.#declare(PAPER_GROUPS)], ...joins]
  }

  /** What one record holds. Facts come together, requests of people one by one. */
  next(): readonly Prepare[] {
    const kind = this.#one(8)
    if (kind < 2) return [this.#request()]
    if (kind >= 2 + this.#mood.marches) return this.#facts(1 + this.#one(3))
    return [...this.#march(), ...this.#facts(this.#one(3))]
  }

  #facts(count: number): readonly Prepare[] {
    return Array.from({ length: count }, () => this.#fact())
  }

  #fact(): Prepare {
    const kind = this.#pick(this.#mood.facts)
    return kind === 'obey' ? this.#obey() : kind === 'report' ? this.#report() : this.#liveness()
  }

  #request(): Prepare {
    switch (this.#pick(this.#mood.requests)) {
      case 'edit':
        return this.#edit()
      case 'delete':
        return this.#delete()
      case 'control':
        return this.#control()
      case 'cancel':
        return this.#cancel()
      case 'roll-back':
        return this.#rollBack()
      case 'declare':
        return this.#declare([this.#pick(PAPER_GROUPS)])
      case 'retry':
        return this.#retry()
      case 'freeze':
        return this.#ask(this.#one(3) === 0 ? 'freeze' : 'thaw', {})
      case 'lose-node':
        return this.#ask(this.#pick(['drain-node', 'remove-node']), { node: this.#pick(this.nodes) })
      case 'delete-group':
        return this.#deleteGroup()
      case 'rejoin':
        return this.#rejoin()
    }
  }

  /** Nobody asks for anything any more, and everybody does what is wanted; what stays paused is given up at last. */
  calm(isLate: boolean): readonly Prepare[] {
    const changes = this.nodes.map(node => ({ node, to: 'alive' }))
    const action = isLate ? 'abort' : 'resume'
    return [
      this.#ask('thaw', {}),
      () => ({ input: system('liveness', { changes }) }),
      ...PAPER_GROUPS.map(group => this.#ask('control', { group, action })),
      ...this.nodes.flatMap(node => PAPER_GROUPS.map(group => this.#obey(node, group, true))),
    ]
  }

  /** Most agents of a group do what is wanted of them, one after the other; the others begin, or are silent. */
  #march(): readonly Prepare[] {
    const group = this.#pick(PAPER_GROUPS)
    return this.nodes.flatMap(node => {
      if (this.#one(this.#mood.silentOneIn) === 0) return []
      return [this.#one(6) === 0 ? this.#begin(node, group) : this.#obey(node, group)]
    })
  }

  /** An agent fetches what it is offered. */
  #begin(node: string, group: string): Prepare {
    return ({ view, position }) => {
      const { candidate, committed } = desireOf(view, position, group, node)
      if (candidate === null) return undefined
      const progress = { revision: candidate.revision, phase: 'staging' }
      return this.#said(node, group, this.#nextSeq(node), committed, progress)
    }
  }

  /** An agent does what is wanted of it, or says no. */
  #obey(
    node: string = this.#pick(this.nodes),
    group: string = this.#pick(PAPER_GROUPS),
    isCalm = false,
  ): Prepare {
    const { refusesOneIn, balksOneIn } = this.#mood
    const luck = isCalm ? 1 : this.#random.fraction()
    return ({ view, position }) => {
      const desire = desireOf(view, position, group, node)
      const wanted = desire.candidate ?? desire.committed
      if (wanted === null) return undefined
      const runs = desire.candidate === null || desire.candidate.activate
      const isSure = luck * (runs ? balksOneIn : refusesOneIn) >= 1
      const phase = isSure ? (runs ? 'applied' : 'staged') : 'rejected'
      const active = runs && isSure ? wanted : desire.committed
      return this.#said(node, group, this.#nextSeq(node), active, { revision: wanted.revision, phase })
    }
  }

  /** What an agent may say besides: late, again, of other revisions, or of a namesake from another timeline. */
  #report(): Prepare {
    const [node, group] = [this.#pick(this.nodes), this.#pick(PAPER_GROUPS)]
    const [again, back, foreign] = [this.#one(6) === 0, this.#one(5), this.#one(8) === 0]
    // A restored backup may not know of numbers that its nodes know.
    const ahead = this.#one(25) === 0 ? 1 + this.#one(3) : 0
    const phase = this.#pick(['staging', 'staged', 'activated', 'applied', 'rejected', 'none'])
    const reason = this.#one(2) === 0 ? {} : { reason: `no ${this.#one(4)}` }
    const runsIt = this.#one(2) === 0
    return ({ view }) => {
      const record = view.get(`group/${group}` as never)
      if (record === undefined || isDone(record)) return undefined
      const { candidate, committed, revisions, lastRevision } = contextOf<GroupContext>(record)
      const newest = candidate ?? committed
      const known = back < 3 ? newest : (revisions[back - 2] ?? newest)
      if (known === null) return undefined
      const one = ahead === 0 ? known : { ...known, revision: lastRevision + ahead }
      const active = runsIt || foreign ? one : committed
      const served =
        active === null ? null : { revision: active.revision, digest: foreign ? FOREIGN : active.digest }
      const progress = phase === 'none' ? null : { revision: one.revision, phase, ...reason }
      const seq = again ? Math.max(1, (this.#seqs.get(node) ?? 1) - this.#one(3)) : this.#nextSeq(node)
      return this.#said(node, group, seq, served, progress)
    }
  }

  #said(
    node: string,
    group: string,
    seq: number,
    active: { revision: number; digest: Digest } | null,
    progress: object | null,
  ) {
    const one = {
      group,
      active: active?.revision ?? null,
      digest: active?.digest ?? null,
      activation: seq,
      progress,
      fallback: null,
      processes: 1,
    }
    return { input: inputOf({ ...NODE, principal: `node/${node}` }, 'report', { node, seq, groups: [one] }) }
  }

  #liveness(): Prepare {
    const changes = this.nodes
      .filter(() => this.#one(3) === 0)
      .map(node => ({
        node,
        to: this.#pick(['alive', 'alive', 'suspect', 'offline', 'offline', 'left']),
      }))
    if (this.#one(5) > 0) return () => ({ input: system('liveness', { changes }) })
    const node = this.#pick(this.nodes)
    return () => ({
      input: inputOf(NODE, 'hello', { key: this.#keyOf(node), labels: {}, platform: {}, version: '1' }),
    })
  }

  #join(node: string, group: string): readonly Prepare[] {
    const id = `t${++this.#count}`
    const secretDigest = digestOf(id)
    const token = {
      id,
      group,
      uses: 1,
      expiresAtMs: Number.MAX_SAFE_INTEGER,
      secretDigest,
      idempotency: null,
    }
    const redeem = { token: id, secretDigest, key: this.#keyOf(node), name: node }
    const hello = { key: this.#keyOf(node), labels: {}, platform: {}, version: '1' }
    return [
      this.#ask('create-token', token),
      () => ({ input: inputOf(NODE, 'redeem', redeem) }),
      () => ({ input: inputOf(NODE, 'hello', hello) }),
    ]
  }

  #rejoin(): Prepare {
    const [token, redeem] = this.#join(this.#pick(this.nodes), this.#pick(PAPER_GROUPS))
    // The token must be there before it is redeemed: one of the next records does that.
    if (redeem !== undefined) this.#later.push(redeem)
    return token ?? (() => undefined)
  }

  readonly #later: Prepare[] = []

  /** What had to wait for the record before. */
  later(): readonly Prepare[] {
    return this.#later.splice(0)
  }

  #edit(): Prepare {
    const request = this.#asked('config.change')
    const [path, value] = [this.#pick(PAPER_PATHS), this.#one(6)]
    const [key, other] = [this.#pick(['left', 'right', 'own']), this.#pick(['left', 'right', 'own'])]
    const remove = this.#one(3) === 0 && other !== key ? [other] : []
    return preparation => prepareEntries(preparation, request, { path, set: { [key]: value }, remove })
  }

  #delete(): Prepare {
    const [request, path] = [this.#asked('configset.delete'), this.#pick(PAPER_PATHS)]
    return preparation => prepareDeleteSet(preparation, request, path, undefined)
  }

  #declare(names: readonly string[]): Prepare {
    const onFailure = this.#one(2) === 0 ? 'rollback-all' : 'keep'
    const request = { ...this.#asked('apply'), options: { onFailure } as const }
    const documents = drawDocuments(this.#random, this.#mood, names)
    return preparation => prepareApply(preparation, request, documents)
  }

  #retry(): Prepare {
    const [request, group] = [this.#asked('rollout.retry'), this.#pick(PAPER_GROUPS)]
    return preparation => prepareRetry(preparation, request, group)
  }

  #rollBack(): Prepare {
    const [request, group, back] = [this.#asked('rollout.rollback'), this.#pick(PAPER_GROUPS), this.#one(5)]
    const job = plainJob(request, 'rollback', [group], [])
    return ({ view }) => {
      const record = view.get(`group/${group}` as never)
      const known = record === undefined ? [] : contextOf<GroupContext>(record).revisions
      const to = back === 0 ? null : (known[back]?.revision ?? null)
      return { input: inputOf(ADMIN, 'rollback', { job, group, to, idempotency: null }) }
    }
  }

  /** Mostly aimed at a group that is rolling. */
  #control(): Prepare {
    const action = this.#pick(this.#mood.controls)
    const [isAimed, any] = [this.#one(4) > 0, this.#pick(PAPER_GROUPS)]
    return ({ view }) => {
      const rolling = PAPER_GROUPS.find(name => {
        const record = view.get(`group/${name}` as never)
        return record !== undefined && isIn(record, 'rolling')
      })
      return { input: inputOf(ADMIN, 'control', { group: isAimed ? (rolling ?? any) : any, action }) }
    }
  }

  #cancel(): Prepare {
    const [mode, which] = [
      this.#pick(['abort-and-observe', 'abort-and-observe', 'stop-after-current']),
      this.#random.fraction(),
    ]
    return ({ view }) => {
      const open = view.list('job').filter(record => !isDone(record))
      const record = open[Math.floor(which * open.length)]
      if (record === undefined) return undefined
      return { input: inputOf(ADMIN, 'cancel', { job: contextOf<JobContext>(record).id, mode }) }
    }
  }

  #deleteGroup(): Prepare {
    const group = this.#pick(PAPER_GROUPS)
    const job = plainJob(this.#asked('group.delete'), 'delete-group', [group], [`group/${group}`])
    return () => ({ input: inputOf(ADMIN, 'delete-group', { job, group, idempotency: null }) })
  }

  #ask(route: string, body: object): Prepare {
    return () => ({ input: inputOf(ADMIN, route, body) })
  }

  #asked(action: string) {
    return { id: `j${++this.#count}`, caller: ADMIN, action, options: {} }
  }

  #keyOf(node: string): string {
    return digestOf(`key of ${node}`)
  }

  #nextSeq(node: string): number {
    const seq = (this.#seqs.get(node) ?? 0) + 1
    this.#seqs.set(node, seq)
    return seq
  }

  #one(below: number): number {
    return this.#random.integer(below)
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[this.#random.integer(list.length)]
    if (one === undefined) throw new RangeError('nothing to pick from')
    return one
  }

  /** What central wants of a node; for whoever compares. */
  desire(group: string, node: string, told: Told | null): Desire {
    return desireOf(this.#central.view, this.#central.position, group, node, told)
  }
}
