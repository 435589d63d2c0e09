import { AskedRound, type Asked, type Moment } from './asked-round.ts'
import type { Fields, LoggedChange } from './agent-history.ts'
import type { GroupPast } from './group-past.ts'
import { DeathWatch } from './death-watch.ts'
import { KnownWord } from './known-word.ts'
import type { RetryCount } from './refusals.ts'
import { LOCAL_REASONS } from './local-reasons.ts'

/** How long an agent may take to write down what was decided, while its disk is well. */
export const DECIDES_WITHIN_MS = 5_000
const APPLY_TIMEOUT_DEFAULT_MS = 30_000
/** A registration that is younger may not have been there yet when an activation began to be written. */
const SURELY_PINNED_MS = 5_000

/** What befell the disk of the machine by now. */
export interface Harm {
  readonly isRotten: () => boolean
  readonly hadPowerCut: () => boolean
}

interface Registered {
  readonly process: string
  readonly prepare: boolean
  readonly connection: number
  readonly sinceMs: number
  /** Since when it was there without a break, in the order of what happened. */
  readonly order: number
}

/** What an agent must do in one group in one life, as far as its sockets and central's words decide that. */
export class GroupModel {
  readonly name: string
  readonly past: GroupPast
  readonly #blame: (promise: number, what: string) => void
  readonly registered = new Map<string, Registered>()
  readonly deaths = new DeathWatch()
  round: AskedRound | undefined
  #preparing: AskedRound | undefined
  /** Instances that said yes to a candidate, by its content. */
  readonly #prepared = new Set<string>()
  readonly #word: KnownWord
  /** Who was pinned in the life before, for what revision, if that is known: a restart ends no registration. */
  #inherited: { readonly revision: number | undefined; readonly debts: Map<string, number> }
  #active: number | undefined
  /** The timeline of what is active; undefined when it is not known. */
  #activeIn: number | undefined
  /** Connections that have not been told of the newest activation. */
  readonly #untold = new Map<number, number>()
  /** When something was decided that is not written down yet. */
  decidedAt: Moment | undefined
  /** What admins had asked for by then. */
  #retriesThen: RetryCount
  /** Enough instances have died of it: nobody is asked any more. */
  #isLooping = false
  /** What is wrong if the next thing is no step back. */
  #stays: string | undefined
  #isConcluded = false
  /** A process was told how long it has for the round. */
  #isTimed = false
  #isBlamed = false
  /** The newest activation that each connection was told of. */
  readonly #told = new Map<number, number>()

  constructor(name: string, past: GroupPast, blame: (promise: number, what: string) => void) {
    this.name = name
    this.past = past
    this.#blame = blame
    const { revision, debts } = past.pinned ?? { revision: 0, debts: new Map() }
    this.#inherited = { revision, debts: new Map(debts) }
    this.#word = new KnownWord(past.retries)
    this.#retriesThen = past.retries
  }

  get processes(): number {
    return new Set([...this.registered.values()].map(({ process }) => process)).size
  }

  /** The clock of the machine is there; `isWell`: nothing excuses an agent that is late. */
  look({ localMs, atMs }: Moment, isWell: (sinceMs: number) => boolean): void {
    const { round } = this
    round?.look(localMs)
    this.#preparing?.look(localMs)
    if (round?.late !== undefined && !this.#isConcluded)
      this.#decides({ localMs: round.deadlineMs, atMs: round.openedAt.atMs })
    const { decidedAt } = this
    if (decidedAt === undefined || localMs - decidedAt.localMs <= DECIDES_WITHIN_MS || this.#isBlamed) return
    this.#isBlamed = true
    if (round !== undefined && !round.isInherited && isWell(decidedAt.atMs))
      this.#blame(3, `does not decide about activation ${round.activation}, at ${atMs.toFixed(0)} ms`)
  }

  registers(key: string, who: Omit<Registered, 'sinceMs'>, held: number | undefined, moment: Moment): void {
    const { round } = this
    const before = this.registered.get(key)
    const [, instance = ''] = key.split('\0')
    const order = before?.order ?? who.order
    this.registered.set(key, { ...who, order, sinceMs: before?.sinceMs ?? moment.localMs })
    this.deaths.returns(who.process, instance)
    round?.joins(key, who.process, held === round.activation)
    if (who.prepare) this.#preparing?.joins(key, who.process, true)
    else this.#preparing?.isExcused(who.process, moment)
    this.#noteDecided(moment)
  }

  /** Undefined when either answer is right. */
  owes(key: string): boolean | undefined {
    const { round } = this
    if (round === undefined) return false
    const owes = round.isOpen && round.owes(key)
    const isUnsure = this.#isLooping || (round.late !== undefined && round.verdict === undefined)
    return isUnsure || (round.isInherited && !owes) ? undefined : owes
  }

  answers(key: string, { activation, phase, outcome, reason }: Fields, moment: Moment): void {
    const refusal = outcome === 'ok' ? undefined : typeof reason === 'string' ? reason : 'rejected'
    const round = phase === 'applied' ? this.round : this.#preparing
    if (round?.activation !== activation) return
    if (phase === 'prepare' && refusal === undefined && round?.owes(key) === true)
      this.#prepared.add(`${round.revision} ${key}`)
    round?.answers(key, refusal, moment)
    this.#noteDecided(moment)
  }

  leaves(key: string, moment: Moment): void {
    const { process = '', connection = 0 } = this.registered.get(key) ?? {}
    const { debts } = this.#inherited
    if ((debts.get(process) ?? 0) > 1) debts.set(process, (debts.get(process) ?? 0) - 1)
    else debts.delete(process)
    this.#untold.delete(connection)
    this.registered.delete(key)
    this.round?.leaves(key, moment)
    this.#preparing?.leaves(key, moment)
    this.#noteDecided(moment)
  }

  breaksOff(key: string, moment: Moment): void {
    const who = this.registered.get(key)
    if (who === undefined) return
    this.#untold.delete(who.connection)
    this.registered.delete(key)
    this.round?.breaksOff(key)
    this.#preparing?.breaksOff(key)
    const [, instance = ''] = key.split('\0')
    if (!this.deaths.dies(who.process, instance, moment.localMs) || this.#active === undefined) return
    this.past.loops.add(this.#active)
    this.#isLooping = true
    this.#decides(moment)
  }

  /** Central's word, as the agent heard it. */
  wants(desire: Fields, order: number): void {
    if (this.#word.hears(desire, order)) this.#preparing = undefined
  }

  /** Central's word, as a peer passed it on: nothing that is older than what is known. */
  follows(word: Fields, order: number): void {
    for (const revision of this.#word.hearsFromPeer(word, order))
      this.#blame(4, `follows a peer to revision ${String(word['revision'])}, and knows of ${revision}`)
    this.#preparing = undefined
  }

  /** A change of the group is durable. */
  logs(note: LoggedChange, moment: Moment, harm: Harm): void {
    const { past } = this
    const { cause, revision, activation = 0, fallback } = note
    const timeline = this.#word.takeTimeline()
    past.retries = this.#word.retries
    if (cause === 'retried') return this.#forgives()
    if (cause === 'proved' || cause === 'reserve') return
    const before = this.#active
    const wasDecided = this.decidedAt !== undefined
    this.#active = revision
    this.decidedAt = undefined
    this.#isBlamed = false
    if (cause === 'removed' || cause === 'joined') past.forget()
    if (cause === 'applied' && revision !== undefined) past.applied(revision)
    if (cause === 'rejected' && this.#isLooping) this.#mustGoBack(revision, harm)
    else if (cause !== 'activate') this.#stays = undefined
    if (cause === 'activate' && this.#stays !== undefined) this.#blame(5, this.#stays)
    if (cause === 'applied' || (cause === 'rejected' && wasDecided)) this.#concludes(cause)
    if (cause === 'fall-back') return this.#fallsBack(note, activation, harm)
    if (cause !== 'activate' || revision === undefined) return this.#endsRound(cause)
    this.#activeIn = timeline
    past.fellBackAt.set(activation, fallback !== null)
    if (before !== undefined && revision < before && fallback === null)
      this.#blame(4, `goes from revision ${before} to ${revision} and does not say so`)
    this.#mayActivate(revision, before)
    this.#begins(revision, activation, moment)
  }

  /** A process was told of what is active: the answer to hello, or a change. */
  serves(state: Fields, connection: number, isChange: boolean): void {
    const activation = Number(state['activation'])
    if (activation === 0) return
    this.#names(state)
    this.#untold.delete(connection)
    const { past, round } = this
    // What a process is slow to read reaches it later than what others are told meanwhile.
    const before = isChange ? (this.#told.get(connection) ?? 0) : past.served
    if (activation < before) this.#blame(4, `serves activation ${activation} after ${before}`)
    this.#told.set(connection, activation)
    past.served = Math.max(past.served, activation)
    if (round?.activation === activation) return isChange ? this.#namesItsTime(state) : undefined
    if (!isChange && past.begun.has(activation) && !past.complete.has(activation))
      this.#blame(2, `serves activation ${activation}, which nobody has applied, after a restart`)
  }

  /** A process was asked to prepare. */
  asksToPrepare(state: Fields, moment: Moment): void {
    this.#names(state)
    const activation = Number(state['activation'])
    if (this.#preparing?.activation === activation) return
    const asked = this.#present(({ prepare }) => prepare)
    const timeoutMs = this.#word.candidate?.prepareTimeoutMs ?? APPLY_TIMEOUT_DEFAULT_MS
    const deadlineMs = moment.localMs + timeoutMs
    const revision = Number(state['revision'])
    this.#preparing = new AskedRound({ activation, revision, deadlineMs, asked, ...moment })
    this.past.asks(this.#preparing)
  }

  /** Something else was said on a connection: what it waits for should have come before. */
  saysElse(connection: number): void {
    const activation = this.#untold.get(connection)
    if (activation === undefined) return
    this.#untold.delete(connection)
    this.#blame(2, `does not tell a process of activation ${activation}`)
  }

  #begins(revision: number, activation: number, moment: Moment): void {
    const { past } = this
    const timeoutMs = this.#word.applyTimeoutMs(revision) ?? APPLY_TIMEOUT_DEFAULT_MS
    const deadlineMs = moment.localMs + timeoutMs
    const asked = this.#present(() => true)
    const { revision: pinnedOf = revision, debts } = this.#inherited
    const inherited = pinnedOf === revision ? debts : undefined
    this.#inherited = { revision: 0, debts: new Map() }
    this.#isConcluded = false
    this.#isTimed = false
    this.#isLooping = false
    this.#stays = undefined
    const owed = inherited && { inherited }
    this.round = new AskedRound({ activation, revision, deadlineMs, asked, ...owed, ...moment })
    past.asks(this.round)
    past.begun.set(activation, revision)
    past.pinned = { revision, debts: this.#debts(moment, inherited ?? new Map()) }
    this.deaths.begins(moment.localMs)
    this.#mustTell(activation)
    this.#noteDecided(moment)
  }

  /** Back to nothing is nothing to tell of. */
  #mustTell(activation: number): void {
    if (activation === 0) return
    for (const { connection } of this.registered.values()) this.#untold.set(connection, activation)
  }

  /** Who was surely pinned before the activation was written, and what an earlier life had pinned for it. */
  #debts({ localMs }: Moment, inherited: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const debts = new Map<string, number>()
    for (const { process, sinceMs } of this.registered.values())
      if (localMs - sinceMs > SURELY_PINNED_MS) debts.set(process, (debts.get(process) ?? 0) + 1)
    for (const [process, count] of inherited) debts.set(process, Math.max(count, debts.get(process) ?? 0))
    return debts
  }

  #fallsBack(
    { revision, fallback }: LoggedChange,
    activation: number,
    { isRotten, hadPowerCut }: Harm,
  ): void {
    const { past } = this
    const { reason = '' } = fallback ?? {}
    past.fellBackAt.set(activation, true)
    past.complete.add(activation)
    this.#endsRound('fall-back')
    this.#isLooping = false
    this.deaths.ends()
    this.#mustTell(activation)
    const isHarmed = reason === 'corrupt-state' || reason === 'corrupt-generation'
    if (reason === 'corrupt-state' && !isRotten() && !hadPowerCut())
      this.#blame(12, 'calls its state corrupt, which neither rot nor a loss of power has touched')
    if (!LOCAL_REASONS.has(reason)) this.#blame(4, `falls back for a reason that nobody knows: ${reason}`)
    if (reason === 'crash-loop' && fallback !== null) {
      if (!past.loops.has(fallback.from))
        this.#blame(4, `blames revision ${fallback.from} for a crash loop that nobody saw`)
      past.quarantined.add(fallback.from)
      past.pinned = undefined
      this.#refuses(fallback.from)
    }
    const usable = past.goods.filter(one => !past.quarantined.has(one))
    const [expected] = usable
    // What it went back from may have been written, and the agent gone before it said so; so may what it lost.
    const isKnown = reason === 'restart-before-applied' && past.pinned?.revision === fallback?.from
    if (!isKnown) this.#inherited = { revision: undefined, debts: new Map() }
    if (reason === 'corrupt-state') past.pinned = { revision: undefined, debts: new Map() }
    // What a state that was lost, or generations that cannot be read, leave is not known here.
    if (expected !== undefined && revision === undefined && !isHarmed && !isRotten())
      this.#blame(12, `falls back to nothing, though revision ${expected} was applied here`)
    past.goods =
      revision === undefined ? [] : [revision, ...usable.filter(one => one !== revision)].slice(0, 2)
    if (isHarmed) past.refused.clear()
  }

  /** What processes die of is left for what was applied before; unless it is a candidate that was turned down. */
  #mustGoBack(revision: number | undefined, { isRotten }: Harm): void {
    const { past, round } = this
    if (round?.verdict?.ok === false || round?.late !== undefined || isRotten()) return
    const way = past.goods.find(one => one !== revision && !past.quarantined.has(one))
    if (way !== undefined)
      this.#stays = `stays with revision ${revision}, which processes die of, though ${way} was applied here`
  }

  /** What was decided about the round is on disk. */
  #concludes(cause: string): void {
    const { past, round } = this
    this.#isConcluded = true
    past.pinned = undefined
    if (cause === 'applied' || round === undefined) return
    const isLoop = past.loops.has(round.revision)
    if (isLoop) this.deaths.ends()
    if (isLoop || round.verdict?.ok === false || round.late !== undefined) this.#refuses(round.revision)
  }

  /** In the timeline of its activation: a later one may give that number to something else. */
  #refuses(revision: number): void {
    const timeline = this.#activeIn
    if (timeline !== undefined) this.past.refused.add({ timeline, revision }, this.#retriesThen)
  }

  #decides(moment: Moment): void {
    if (this.decidedAt !== undefined) return
    this.decidedAt = moment
    this.#retriesThen = this.#word.retries
  }

  /** Verdicts are taken back: only at the word of an admin, that is when central counts one more or counts anew. */
  #forgives(): void {
    for (const revision of this.past.refused.standing(this.#word.retries))
      this.#blame(4, `takes back what it said of revision ${revision}, and no admin has said so`)
    this.past.refused.clear()
  }

  #endsRound(cause: string): void {
    if (cause === 'removed' || cause === 'fall-back') this.deaths.ends()
    const { round } = this
    if (round === undefined) return
    if (cause !== 'applied' && cause !== 'rejected') this.round = undefined
  }

  /** What is wanted to be prepared is not run before who was there has said yes; what was turned down not at all. */
  #mayActivate(revision: number, before: number | undefined): void {
    const { past } = this
    const timeline = this.#activeIn
    if (timeline !== undefined && past.refused.holds({ timeline, revision }, this.#word.retries))
      this.#blame(4, `runs revision ${revision} again, which was turned down here, and no admin has said so`)
    past.quarantined.delete(revision)
    if (this.#word.candidate?.revision !== revision || before === revision) return
    for (const [key, { prepare, order, process }] of this.registered)
      if (prepare && order < this.#word.candidateSince && !this.#prepared.has(`${revision} ${key}`))
        this.#blame(3, `runs revision ${revision}, to which ${process} has not said yes`)
  }

  /** Processes are told how long they have: as central said, or so long as an agent thinks right without it. */
  #namesItsTime(state: Fields): void {
    const { round } = this
    if (round === undefined || this.#isTimed) return
    this.#isTimed = true
    const saidMs = Number(state['deadlineMs'])
    const word = this.#word
    const right = [word.candidate?.applyTimeoutMs, word.applyTimeoutMs(), APPLY_TIMEOUT_DEFAULT_MS]
    if (!right.some(one => Math.ceil(Number(one)) === saidMs))
      this.#blame(3, `gives a process ${saidMs} ms for activation ${round.activation}`)
    round.deadlineMs = round.openedAt.localMs + saidMs
  }

  #noteDecided(moment: Moment): void {
    const { round, past } = this
    if (round?.verdict === undefined || this.#isConcluded) return
    if (round.verdict.ok) past.complete.add(round.activation)
    if (round.verdict.localMs === moment.localMs) this.#decides(moment)
  }

  #names(state: Fields): void {
    const [activation, revision, digest] = [state['activation'], state['revision'], state['digest']]
    const other = this.past.names(Number(activation), Number(revision), String(digest))
    if (other !== undefined)
      this.#blame(
        4,
        `activation ${String(activation)} is ${String(revision)} ${String(digest)}, and was ${other}`,
      )
  }

  #present(isAsked: (who: Registered) => boolean): Asked {
    const asked = [...this.registered].filter(([, who]) => isAsked(who))
    return new Map(asked.map(([key, { process }]) => [key, process]))
  }
}
