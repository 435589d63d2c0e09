import type { AlertContext, AlertWords } from '../../actors/alert/chart.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Leader } from '../engine/leader.ts'
import type { AlertChange } from '../engine/routes/alerts.ts'
import { type ActorRecord, contextOf, isIn } from '../kernel/actor-record.ts'
import type { Logger } from '../ports/logger.ts'
import { type Anomaly, anomalyKey } from './anomalies/anomaly.ts'

/** Changes that are said at once: an incident of thousands is told in parts. */
export const ALERT_CHANGES_MAX = 50

export interface AlertDeskOptions {
  readonly leader: Leader
  readonly logger: Logger
  /** Opaque ids of the webhooks that are told. */
  readonly targets: readonly string[]
}

/**
 * Makes the journal say what is raised: what it does not know yet is raised, what it holds and is over is cleared.
 * Level-triggered, so that a change that got lost is said again at the next look.
 */
export class AlertDesk {
  readonly #options: AlertDeskOptions
  #saying = false

  constructor(options: AlertDeskOptions) {
    this.#options = options
  }

  /** What the journal holds as raised. */
  open(): readonly AlertWords[] {
    return this.#options.leader.view
      .list('alert')
      .filter(isRaised)
      .map(record => contextOf<AlertContext>(record))
  }

  /** Resolves when what differs was said, or could not be. */
  async settle(raised: readonly Anomaly[]): Promise<void> {
    if (this.#saying) return
    this.#saying = true
    try {
      const changes = this.#changes(raised).slice(0, ALERT_CHANGES_MAX)
      await Promise.all(changes.map(change => this.#say(change)))
    } finally {
      this.#saying = false
    }
  }

  #changes(raised: readonly Anomaly[]): AlertChange[] {
    const { targets } = this.#options
    const wanted = new Map(raised.map(anomaly => [anomalyKey(anomaly), anomaly]))
    const over: AlertChange[] = []
    for (const alert of this.open()) {
      if (wanted.delete(anomalyKey(alert))) continue
      const { kind, subject } = alert
      over.push({ change: 'clear', kind, subject, reason: 'what was measured is ordinary again', targets })
    }
    return [
      ...over,
      ...[...wanted.values()].map(anomaly => ({ change: 'raise' as const, ...anomaly, targets })),
    ]
  }

  async #say(change: AlertChange): Promise<void> {
    const { leader, logger } = this.#options
    const { kind, subject } = change
    try {
      const body = change as unknown as CborValue
      await leader.submitFact({ route: 'alert', by: 'system', scopes: ['system'], body })
      logger.info({ kind, subject }, change.change === 'raise' ? 'an alert is raised' : 'an alert is cleared')
    } catch (err) {
      logger.warn({ err, kind, subject }, 'an alert was not recorded; it is said again')
    }
  }
}

function isRaised(record: ActorRecord): boolean {
  return isIn(record, 'raised')
}
