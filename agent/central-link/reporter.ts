import type { GroupReport } from '../../actors/vocabulary/report.ts'
import type { ReportMessage } from '../../runtime/links/protocol.ts'
import type { CancelTimer, Clock } from '../../runtime/ports/clock.ts'

/** Groups in one message: with the longest reasons it still fits a link's message. */
export const REPORT_GROUPS_MAX = 32
/** Messages that are sent and not yet recorded. */
export const REPORTS_IN_FLIGHT_MAX = 16
/**
 * A change waits so long for others to go with it. A revision passes through several states within
 * milliseconds, and its bundle is asked for meanwhile: that must not stand behind a message that is out of
 * date when it is read.
 */
export const REPORT_COALESCE_MS = 4
/** A message that is not recorded by then is said again. */
export const REPORT_RESEND_MS = 5_000

export interface ReporterOptions {
  /** Groups that have something to say, and what: always the newest. */
  readonly groups: () => readonly string[]
  readonly report: (group: string) => GroupReport | undefined
  readonly traceparent: (group: string) => string | undefined
  /** Rises with every call, over the life of the agent's key. */
  readonly nextSeq: () => number
  /** False: not taken; `flush` is called when there is room. */
  readonly send: (message: ReportMessage) => boolean
  readonly clock: Clock
}

/**
 * Brings the state of every group to central: the latest, not each. What changed is sent within
 * `REPORT_COALESCE_MS`, unless the group's last message is not recorded yet: then it waits for that, so that
 * states which are over by then are never said (one change takes a node through four). What was not recorded
 * is sent again, with what it is by then and a new sequence; at link-up everything is.
 */
export class Reporter {
  readonly #options: ReporterOptions
  readonly #waiting = new Set<string>()
  /** Groups of messages in flight. */
  readonly #unrecorded = new Set<string>()
  readonly #inFlight = new Map<number, { readonly groups: readonly string[]; readonly sentAtMs: number }>()
  #up = false
  #cancelFlush: CancelTimer | undefined
  #cancelResend: CancelTimer = () => {}

  constructor(options: ReporterOptions) {
    this.#options = options
  }

  /** True when central has recorded all that there is to say. */
  get isQuiet(): boolean {
    return this.#waiting.size === 0 && this.#inFlight.size === 0
  }

  /** Changes of one moment go into one message. */
  changed(group: string): void {
    this.#waiting.add(group)
    if (!this.#up) return
    this.#cancelFlush ??= this.#options.clock.startTimer(REPORT_COALESCE_MS, () => {
      this.#cancelFlush = undefined
      this.flush()
    })
  }

  linkUp(): void {
    this.linkDown()
    this.#up = true
    for (const group of this.#options.groups()) this.#waiting.add(group)
    this.flush()
  }

  linkDown(): void {
    this.#up = false
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    this.#cancelResend()
    for (const seq of this.#inFlight.keys()) this.#takeBack(seq)
  }

  recorded(seq: number): void {
    this.#land(seq)
    if (this.#inFlight.size === 0) this.#cancelResend()
    this.flush()
  }

  /** Sends what waits, as far as there is room. */
  flush(): void {
    while (this.#up && this.#inFlight.size < REPORTS_IN_FLIGHT_MAX) {
      const sendable = [...this.#waiting].filter(group => !this.#unrecorded.has(group))
      const groups = sendable.slice(0, REPORT_GROUPS_MAX)
      if (groups.length === 0) return
      const reports = groups.map(group => this.#options.report(group)).filter(report => report !== undefined)
      if (reports.length > 0 && !this.#send(groups, reports)) return
      for (const group of groups) this.#waiting.delete(group)
    }
  }

  #send(groups: readonly string[], reports: readonly GroupReport[]): boolean {
    const { nextSeq, traceparent: traceOf, send, clock } = this.#options
    const seq = nextSeq()
    const [first, ...others] = groups
    const traceparent = first === undefined || others.length > 0 ? undefined : traceOf(first)
    const traced = traceparent === undefined ? {} : { traceparent }
    if (!send({ t: 'report', seq, groups: reports, ...traced })) return false
    this.#inFlight.set(seq, { groups, sentAtMs: clock.monotonicMs() })
    for (const group of groups) this.#unrecorded.add(group)
    if (this.#inFlight.size === 1) this.#armResend()
    return true
  }

  #armResend(): void {
    const { clock } = this.#options
    this.#cancelResend()
    this.#cancelResend = clock.startTimer(REPORT_RESEND_MS, () => {
      const dueMs = clock.monotonicMs() - REPORT_RESEND_MS
      for (const [seq, sent] of this.#inFlight) if (sent.sentAtMs <= dueMs) this.#takeBack(seq)
      if (this.#inFlight.size > 0) this.#armResend()
      this.flush()
    })
  }

  #takeBack(seq: number): void {
    for (const group of this.#land(seq)) this.#waiting.add(group)
  }

  #land(seq: number): readonly string[] {
    const groups = this.#inFlight.get(seq)?.groups ?? []
    this.#inFlight.delete(seq)
    for (const group of groups) this.#unrecorded.delete(group)
    return groups
  }
}
