import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Logger } from '../../runtime/ports/logger.ts'

/** A long outage is told again after so long, then each time after twice as long, at most so long. */
export const FIRST_REMINDER_MS = 60_000
export const REMINDER_MAX_MS = 3_600_000
/** Different reasons that one outage tells at once; further ones wait for the next reminder. */
export const REASONS_MAX = 8

/** What happened to one link, or to one attempt at one; see `keepLinked`. */
export interface LinkDown {
  readonly reason: Error | undefined
  readonly retryInMs: number
  readonly wasUp: boolean
}

interface Outage {
  readonly sinceMs: number
  readonly reasons: Set<string>
  attempts: number
  remindAtMs: number
  reminderMs: number
}

/**
 * Tells in the log that central is away. An agent tries every few seconds, for days if it must, so only news
 * is a warning: that the outage begins, each new reason, and a reminder ever more rarely. Each attempt is at
 * level debug, with the whole error.
 */
export class OutageLog {
  readonly #logger: Logger
  readonly #clock: Clock
  #outage: Outage | undefined

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  down({ reason, retryInMs, wasUp }: LinkDown): void {
    const nowMs = this.#clock.monotonicMs()
    const outage = (this.#outage ??= {
      sinceMs: nowMs,
      reasons: new Set(),
      attempts: 0,
      remindAtMs: nowMs + FIRST_REMINDER_MS,
      reminderMs: FIRST_REMINDER_MS,
    })
    outage.attempts += 1
    const code = isKonorError(reason) ? reason.code : (reason?.name ?? 'closed')
    const fields = { code, reason: reason?.message ?? 'the link was closed' }
    if (isNews(outage, code)) {
      const what = wasUp ? 'the link to central is down' : 'cannot reach central'
      this.#logger.warn(fields, `${what}: serves what it has, and goes on trying`)
    } else if (nowMs >= outage.remindAtMs) {
      outage.reminderMs = Math.min(outage.reminderMs * 2, REMINDER_MAX_MS)
      outage.remindAtMs = nowMs + outage.reminderMs
      this.#logger.warn({ ...fields, ...this.#extent(outage) }, 'still without central')
    }
    this.#logger.debug({ err: reason, retryInMs: Math.round(retryInMs) }, 'will try central again')
  }

  welcomed(central: string): void {
    const outage = this.#outage
    this.#outage = undefined
    const fields = outage === undefined ? { central } : { central, ...this.#extent(outage) }
    this.#logger.info(fields, 'central welcomed this node')
  }

  #extent({ sinceMs, attempts }: Outage): { readonly awayMs: number; readonly attempts: number } {
    return { awayMs: Math.round(this.#clock.monotonicMs() - sinceMs), attempts }
  }
}

function isNews({ reasons }: Outage, code: string): boolean {
  if (reasons.has(code) || reasons.size >= REASONS_MAX) return false
  reasons.add(code)
  return true
}
