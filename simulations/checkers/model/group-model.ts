import { limitOf, type Phase, type PolicyRules, type Verdict, verdictOf } from './policy-rules.ts'
import {
  isAhead,
  type Content,
  type Ending,
  type Expected,
  goodBefore,
  highestOf,
  type Revision,
  RESTORE_MS,
} from './revision-model.ts'
import { phaseOf, type Standing, type Tally, tallyOf, type Wanted } from './standing.ts'

/** A revision on its way, or one that is out and still watched. */
interface Rollout extends Wanted {
  /** Of the record that it began in. */
  readonly fold: number
  /** Null for content that was put back: nothing is to be decided. */
  readonly rules: PolicyRules | null
  /** `watched`: what was to be decided is decided. */
  phase: Phase | 'restoring' | 'watched'
  /** Journal time at which the phase ends by itself. */
  dueMs: number | undefined
  readonly refusals: string[]
}

export interface Plan extends Content {
  readonly base: number | null
  readonly policy: { readonly name: string } & PolicyRules
}

/** Refusals that are told with the reason of an undone rollout, and how much of each. */
const REFUSALS_MAX = 3
const REFUSAL_LENGTH_MAX = 200
const EXPLAINED: ReadonlySet<string> = new Set([
  'rejected',
  'apply-failure',
  'progress-timeout',
  'stage-timeout',
])

/**
 * One group as the documents describe it: revisions, what is rolled out, and what must be told of it. It is fed
 * what came in and says in `expected` what must come out, and in `endings` what jobs must hear.
 */
export class GroupModel {
  readonly name: string
  sets: readonly string[]
  policy: string
  state: 'steady' | 'rolling' | 'restoring' | 'degraded' | 'deleted' = 'steady'
  lastRevision: number
  retry = 0
  committed: Revision | null = null
  previous: Revision | null = null
  candidate: Revision | null = null
  /** Newest first. */
  revisions: Revision[] = []
  holder: string | null = null
  readonly members = new Map<string, Standing>()
  readonly expected: Expected[] = []
  readonly endings: Ending[] = []
  nowMs = 0
  /** Of the record that is read. */
  fold = 2
  #rollout: Rollout | undefined
  /** The rollout of what is committed. */
  #tracked: Rollout | undefined
  #restoreTo: (Content & { readonly revision: number }) | null = null
  #waiting: Ending[] = []

  constructor(name: string, sets: readonly string[], policy: string, lastRevision: number) {
    this.name = name
    this.sets = sets
    this.policy = policy
    this.lastRevision = lastRevision
  }

  /** The rollout that decides now; undefined when none does. */
  get rollout(): Readonly<Rollout> | undefined {
    return this.state === 'rolling' ? this.#rollout : undefined
  }

  /** Journal time at which something happens by itself; undefined while nothing waits for one. */
  get dueMs(): number | undefined {
    const due = [this.#rollout, this.#tracked].flatMap(one => one?.dueMs ?? [])
    return this.state === 'deleted' || due.length === 0 ? undefined : Math.min(...due)
  }

  /** Jobs that wait until what was put back has settled. */
  get waiting(): readonly string[] {
    return this.#waiting.map(({ job }) => job)
  }

  get isPaused(): boolean {
    return this.rollout?.phase === 'paused'
  }

  begin(job: string, kind: string, plan: Plan): void {
    if (this.state === 'restoring') this.#endWaiting()
    const { digest, sizeBytes, sets, pins, policy } = plan
    const revision = ++this.lastRevision
    this.candidate = { revision, digest, sizeBytes, sets, pins, kind, job, outcome: 'pending' }
    this.#list(this.candidate)
    this.holder = job
    this.#restoreTo = null
    this.state = 'rolling'
    this.#expect('rollout.started', { revision, job, policy: policy.name })
    const phase = policy.uses === 'strong' ? 'staging' : 'applying'
    const { fold } = this
    this.#rollout = { revision, digest, fold, rules: policy, phase, dueMs: undefined, refusals: [] }
    this.#enter(phase)
  }

  /** A node came, went, or its standing changed; the member is set to `after` first. */
  changed(node: string, before: Standing | null, after: Standing | null): void {
    if (after === null) this.members.delete(node)
    else this.members.set(node, after)
    const ahead = isAhead(this.lastRevision, after)
    if (ahead) this.lastRevision = highestOf(after)
    if (ahead && this.state !== 'rolling' && this.committed !== null) return this.#overtaken()
    const rollout = this.rollout
    if (rollout !== undefined) this.#noteRefusal(rollout, node, after)
    this.#watch(node, before, after)
    if (rollout === undefined) return
    if (ahead) return this.#undo('overtaken')
    this.#decide()
  }

  /** A journaled deadline of the rollout of that revision is handed over; one that is not due is nothing. */
  due(revision: number, isPolicy: boolean): void {
    const one = [this.#rollout, this.#tracked].find(other => other?.revision === revision)
    if (one?.dueMs === undefined || this.nowMs < one.dueMs || (one.rules !== null) !== isPolicy) return
    one.dueMs = undefined
    if (one.phase === 'restoring') return this.#settleRestored(one)
    const limit =
      one.rules === null || this.rollout !== one ? undefined : limitOf(one.rules, one.phase as Phase)
    if (limit?.verdict === 'pause') this.#pause(limit.why)
    else if (limit !== undefined) this.#follow(limit.verdict)
  }

  /** An admin steers the rollout; false: its policy does not take that now. */
  control(action: string): boolean {
    const phase = this.rollout?.phase
    if (phase === undefined) return false
    if (action === 'abort') this.#undo('aborted')
    else if (action === 'pause' && (phase === 'staging' || phase === 'applying'))
      this.#pause('paused by an admin')
    else if (action === 'resume' && phase === 'paused') {
      this.#expect('rollout.resumed', {})
      this.#enter(this.rollout?.rules?.uses === 'strong' ? 'staging' : 'applying')
    } else return false
    return true
  }

  /** The job that rolls it out is called off. */
  callOff(reason: string): void {
    if (this.state === 'rolling') this.#undo(reason)
  }

  /** Older content is to go out again; null: what was committed before. */
  rollBack(job: string, to: (Content & { readonly revision: number }) | null, outcome: string): void {
    if (this.state !== 'rolling' && to === null && this.previous === null) {
      const reason = 'there is nothing before it to go back to'
      this.endings.push({
        job,
        group: this.name,
        revision: this.committed?.revision ?? null,
        outcome: 'committed',
        reason,
      })
      return
    }
    if (this.state === 'restoring') this.#endWaiting()
    this.#waiting.push({ job, group: this.name, revision: null, outcome, reason: null })
    this.#restoreTo = to ?? (this.candidate === null ? this.previous : null)
    if (this.state === 'rolling') this.#undo('rolled-back')
    else this.#restore()
  }

  delete(): void {
    if (this.holder !== null) this.#end('failed', 'group-deleted', null)
    this.#expect('group.deleted', {})
    this.state = 'deleted'
    this.members.clear()
  }

  tally(wanted: Wanted, fold = this.fold): Tally {
    return tallyOf(this.members.values(), wanted, fold)
  }

  #enter(phase: Phase): void {
    const rollout = this.#rollout
    if (rollout?.rules === undefined || rollout.rules === null) return
    rollout.phase = phase
    const limit = limitOf(rollout.rules, phase)
    rollout.dueMs = limit === undefined ? undefined : this.nowMs + limit.ms
    this.#decide()
  }

  #decide(): void {
    const { rollout } = this
    if (rollout?.rules === undefined || rollout.rules === null || rollout.phase === 'paused') return
    this.#follow(verdictOf(rollout.rules, rollout.phase as Phase, this.tally(rollout, rollout.fold)))
  }

  #follow(verdict: Verdict): void {
    if (verdict === 'commit') this.#commit()
    else if (verdict === 'settle') this.#settle()
    else if (verdict === 'fail') this.#enter('failing')
    else if (verdict !== 'wait') this.#undo(verdict.undo)
  }

  #pause(reason: string): void {
    this.#expect('rollout.paused', { reason })
    this.#enter('paused')
  }

  #commit(): void {
    const { candidate } = this
    if (candidate === null) return
    this.previous = this.committed
    this.committed = { ...candidate, outcome: 'committed' }
    this.candidate = null
    this.#list(this.committed)
    this.#tracked = this.#rollout
    this.#tellCommitted(this.committed)
    if (this.#rollout?.rules?.uses === 'strong') this.#enter('activating')
    else this.#settle()
  }

  /** Nothing is left to decide about what is committed. */
  #settle(): void {
    if (this.#rollout === undefined) return
    this.#rollout.phase = 'watched'
    this.#rollout.dueMs = undefined
    const { rejected } = this.tally(this.#rollout)
    this.state = rejected > 0 ? 'degraded' : 'steady'
    this.#end('committed', null, this.committed?.revision ?? null)
  }

  #undo(why: string): void {
    const { committed, candidate, previous } = this
    const rollout = this.#rollout
    if (rollout === undefined) return
    const wasCommitted = candidate === null
    const mayRun = wasCommitted || rollout.rules?.uses === 'eventual'
    const told = rollout.refusals.length > 0 && EXPLAINED.has(why)
    const reason = told ? `${why}: ${rollout.refusals.join('; ')}` : why
    const outcome = why === 'aborted' || why === 'cancelled' ? 'aborted' : 'rolled-back'
    this.#expect('rollout.undone', { revision: rollout.revision, reason })
    const mustRestore =
      this.#restoreTo !== null ||
      (why === 'overtaken' && committed !== null) ||
      (mayRun && (wasCommitted ? previous : committed) !== null)
    const undone = wasCommitted ? committed : candidate
    if (undone !== null) this.#list({ ...undone, outcome })
    this.candidate = null
    this.#rollout = undefined
    if (wasCommitted && this.#tracked === rollout) this.#tracked = undefined
    if (wasCommitted && why !== 'overtaken') this.#restoreTo ??= previous
    if (mustRestore) {
      if (this.holder !== null)
        this.#waiting.push({ job: this.holder, group: this.name, revision: null, outcome, reason })
      this.holder = null
      return this.#restore()
    }
    this.state = mayRun ? 'degraded' : 'steady'
    this.#end(outcome, reason, this.lastRevision)
    this.#endWaiting(this.lastRevision)
  }

  #overtaken(): void {
    if (this.state === 'restoring') this.#endWaiting()
    this.#restore()
  }

  /** Older content goes out under a number above all that were ever used. */
  #restore(): void {
    const source = this.#restoreTo ?? this.committed
    if (source === null) return
    const revision = ++this.lastRevision
    const kind = this.#waiting.some(({ outcome }) => outcome === 'committed') ? 'rollback' : 'restore'
    const job = this.#waiting.at(-1)?.job ?? this.committed?.job ?? ''
    const { digest, sizeBytes, sets, pins } = source
    const restored: Revision = { revision, digest, sizeBytes, sets, pins, kind, job, outcome: 'committed' }
    this.previous = goodBefore([this.committed, this.previous, ...this.revisions], this.revisions, digest)
    this.committed = restored
    this.#restoreTo = null
    this.#list(restored)
    this.state = 'restoring'
    this.#tracked = {
      revision,
      digest,
      fold: this.fold,
      rules: null,
      phase: 'restoring',
      dueMs: this.nowMs + RESTORE_MS,
      refusals: [],
    }
    this.#tellCommitted(restored)
    this.#watchRestored()
  }

  #settleRestored(restored: Rollout): void {
    restored.phase = 'watched'
    restored.dueMs = undefined
    if (this.state !== 'restoring' || this.#tracked !== restored) return
    this.#endWaiting()
    this.state = this.tally(restored).rejected > 0 ? 'degraded' : 'steady'
  }

  /** What is out is watched: who turns it down later makes the group degraded, who comes round heals it. */
  #watch(_node: string, before: Standing | null, after: Standing | null): void {
    const tracked = this.#tracked
    if (tracked === undefined) return
    if (tracked.phase === 'restoring') return this.#watchRestored()
    if (tracked.phase !== 'watched') return
    const saidNo = before !== null && phaseOf(before, tracked) === 'rejected'
    const saysNo = after !== null && phaseOf(after, tracked) === 'rejected'
    if (saidNo === saysNo) return
    const { rejected } = this.tally(tracked)
    if (this.state === 'steady' && rejected > 0) this.state = 'degraded'
    else if (this.state === 'degraded' && rejected === 0) this.state = 'steady'
  }

  #watchRestored(): void {
    const tracked = this.#tracked
    if (tracked?.phase !== 'restoring') return
    const { liveApplied, liveRejected, live } = this.tally(tracked)
    if (liveApplied + liveRejected >= live) this.#settleRestored(tracked)
  }

  #noteRefusal(rollout: Rollout, node: string, after: Standing | null): void {
    if (after === null || phaseOf(after, rollout) !== 'rejected') return
    const text = `${node}: ${(after.progress?.reason ?? 'no reason given').slice(0, REFUSAL_LENGTH_MAX)}`
    const { refusals } = rollout
    if (refusals.length < REFUSALS_MAX && !refusals.includes(text)) refusals.push(text)
  }

  #tellCommitted({ revision, digest, kind, job }: Revision): void {
    this.#expect('group.committed', { revision, digest, kind, job })
  }

  #end(outcome: string, reason: string | null, revision: number | null): void {
    if (this.holder !== null)
      this.endings.push({ job: this.holder, group: this.name, revision, outcome, reason })
    this.holder = null
  }

  #endWaiting(revision = this.committed?.revision ?? null): void {
    for (const one of this.#waiting) this.endings.push({ ...one, revision })
    this.#waiting = []
  }

  #list(one: Revision): void {
    this.revisions = [one, ...this.revisions.filter(({ revision }) => revision !== one.revision)].toSorted(
      (a, b) => b.revision - a.revision,
    )
  }

  #expect(type: string, data: Expected['data']): void {
    this.expected.push({ type, data: { group: this.name, ...data } })
  }
}
