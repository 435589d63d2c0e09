/** When something happened: true time, and by the clock of the machine. */
export interface Moment {
  readonly atMs: number
  readonly localMs: number
}

/** Who is asked, by instance, with the process that it is one of. */
export type Asked = ReadonlyMap<string, string>

export interface AskedRoundPlan extends Moment {
  readonly activation: number
  readonly revision: number
  /** Local time at which silence counts as a rejection. */
  readonly deadlineMs: number
  readonly asked: Asked
  /** Debts of instances that an earlier life of the agent pinned, by process. */
  readonly inherited?: ReadonlyMap<string, number>
}

export type Verdict = Moment &
  ({ readonly ok: true } | { readonly ok: false; readonly process: string; readonly reason: string })

/**
 * What a node must make of one question to its processes, from what crossed their sockets alone: yes when everybody
 * who was asked, and everybody who came while it was open, has said yes or goodbye; no with the first no; and a no that
 * names the silent when time is up. Who breaks off leaves the debt to the next instance of its process.
 *
 * An agent looks at its clock a little after the deadline. So from then on (`late`) both answers are right: that of
 * silence, and what was said in the meantime.
 */
export class AskedRound {
  readonly activation: number
  readonly revision: number
  readonly openedAt: Moment
  /** Processes may have been told of another time: that one counts then. */
  deadlineMs: number
  /** An earlier life asked before: it may have pinned more than is known here. */
  readonly isInherited: boolean
  readonly #owing: Map<string, string>
  readonly #settled = new Set<string>()
  readonly #refusals: string[] = []
  #isPast = false
  readonly #orphans: Map<string, number>
  /** Processes that had not answered when time was up. */
  late: ReadonlySet<string> | undefined
  verdict: Verdict | undefined

  constructor(plan: AskedRoundPlan) {
    const { activation, revision, deadlineMs, asked, inherited, atMs, localMs } = plan
    this.activation = activation
    this.revision = revision
    this.deadlineMs = deadlineMs
    this.openedAt = { atMs, localMs }
    this.isInherited = inherited !== undefined
    this.#owing = new Map(asked)
    this.#orphans = new Map(inherited)
    for (const process of asked.values()) this.#adopt(process)
    this.#settle(this.openedAt)
  }

  owes(key: string): boolean {
    return this.#owing.has(key)
  }

  /** Nothing has decided it, and time is not up: what it asks for now is beyond doubt. */
  get isOpen(): boolean {
    return this.verdict === undefined && this.late === undefined
  }

  /** Time passes; called before anything else is told. */
  look(localMs: number): void {
    if (localMs >= this.deadlineMs) this.#isPast = true
    if (!this.isOpen || localMs < this.deadlineMs) return
    this.late = new Set([...this.#owing.values(), ...this.#orphans.keys()])
  }

  /** `holds`: it says that it has this activation already. */
  joins(key: string, process: string, holds: boolean): void {
    if (this.verdict !== undefined || this.#owing.has(key)) return
    const hasAnswered = this.#settled.has(key)
    if (hasAnswered && holds) return
    if (!hasAnswered) this.#adopt(process)
    this.#owing.set(key, process)
  }

  /** An instance of the process is there, and is not one that this question is put to. */
  isExcused(process: string, moment: Moment): void {
    if (this.verdict !== undefined) return
    this.#adopt(process)
    this.#settle(moment)
  }

  answers(key: string, refusal: string | undefined, moment: Moment): void {
    const process = this.#owing.get(key)
    // The agent may still wait for somebody that is not known here.
    if (this.isInherited && refusal !== undefined)
      this.#refusals.push(`${key.split('\0')[0] ?? ''}: ${refusal}`)
    if (this.verdict !== undefined || process === undefined) return
    if (refusal !== undefined) this.verdict = { ok: false, process, reason: refusal, ...moment }
    else this.#settled.add(key)
    this.leaves(key, moment)
  }

  leaves(key: string, moment: Moment): void {
    if (this.verdict === undefined && this.#owing.delete(key)) this.#settle(moment)
  }

  breaksOff(key: string): void {
    const process = this.#owing.get(key)
    if (this.verdict !== undefined || process === undefined) return
    this.#owing.delete(key)
    this.#orphans.set(process, (this.#orphans.get(process) ?? 0) + 1)
  }

  /** Whether a node may give this reason for having turned the question down. */
  explains(reason: string): boolean {
    const { verdict, late } = this
    if (verdict?.ok === false && isAbout(reason, verdict.process, verdict.reason)) return true
    if (this.isInherited && (this.#isPast || this.#refusals.includes(reason))) return true
    if (late === undefined) return false
    const named = [...reason.matchAll(/(\S+) (?:did not answer|went away and did not come back) in time/g)]
    return named.length > 0 && named.every(([, process = '']) => late.has(process))
  }

  #adopt(process: string): void {
    const left = (this.#orphans.get(process) ?? 0) - 1
    if (left > 0) this.#orphans.set(process, left)
    else this.#orphans.delete(process)
  }

  #settle(moment: Moment): void {
    if (this.#owing.size === 0 && this.#orphans.size === 0) this.verdict = { ok: true, ...moment }
  }
}

/** Long reasons are cut: what is there must be the beginning. */
function isAbout(told: string, process: string, reason: string): boolean {
  const whole = `${process}: ${reason}`
  return told === whole || (told.endsWith('…') && whole.startsWith(told.slice(0, -1)))
}
