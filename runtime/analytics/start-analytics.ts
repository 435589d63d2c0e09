import type { NodeContext } from '../../actors/node/chart.ts'
import { nodeAddress } from '../../actors/vocabulary/addresses.ts'
import { restOf } from '../../actors/vocabulary/address.ts'
import type { Address } from '../../actors/vocabulary/address.ts'
import type { Folded, Leader } from '../engine/leader.ts'
import { contextOf, isDone, valueOf } from '../kernel/actor-record.ts'
import type { CancelTimer, Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { AlertDesk } from './alert-desk.ts'
import { ANOMALIES, type Anomaly, type AnomalyConfig, type AnomalyKind } from './anomalies/anomaly.ts'
import { type GroupMember, GroupWatch } from './anomalies/watch-groups.ts'
import { NodeWatch } from './anomalies/watch-nodes.ts'
import type { HealthFleet } from './health-fleet.ts'
import { type HealthStore, RESOLUTION_MS } from './health-store.ts'

/** Stretches that may wait for the disk: past that one is lost. */
export const WRITES_WAITING_MAX = 3

export interface AnalyticsOptions {
  readonly leader: Leader
  readonly fleet: HealthFleet
  readonly store: HealthStore
  readonly clock: Clock
  readonly logger: Logger
  /** Opaque ids of the webhooks that are told of alerts. */
  readonly targets?: readonly string[]
  readonly anomalies?: AnomalyConfig
  /** Nobody is called silent before central could have heard them. */
  readonly silenceFromMs: number
  /** Told when a stretch could not be stored. */
  onLost?(): void
}

export interface Analytics {
  /** What is raised now. */
  readonly raised: readonly Anomaly[]
  stop(): Promise<void>
}

/** Follows the health of all nodes: every ten seconds stores what was heard, looks for anomalies, and says them. */
export function startAnalytics(options: AnalyticsOptions): Analytics {
  return new RunningAnalytics(options)
}

class RunningAnalytics implements Analytics {
  readonly #options: AnalyticsOptions
  readonly #config: AnomalyConfig
  readonly #nodes: NodeWatch
  readonly #groups: GroupWatch
  readonly #desk: AlertDesk
  readonly #startedAtMs: number
  readonly #unsubscribe: () => void
  #cancel: CancelTimer = () => {}
  #settling: Promise<void> = Promise.resolve()
  #writing: Promise<void> = Promise.resolve()
  #writes = 0
  #stopped = false

  constructor(options: AnalyticsOptions) {
    const { leader, logger, clock, anomalies = ANOMALIES, targets = [] } = options
    this.#options = options
    this.#config = anomalies
    this.#startedAtMs = clock.monotonicMs()
    this.#nodes = new NodeWatch(anomalies, this.#startedAtMs)
    this.#groups = new GroupWatch(anomalies)
    this.#desk = new AlertDesk({ leader, logger, targets })
    for (const alert of this.#desk.open()) this.#adopt(alert as Anomaly)
    this.#unsubscribe = leader.onFolded(folded => this.#noteLiveness(folded))
    this.#next()
  }

  get raised(): readonly Anomaly[] {
    return [...this.#nodes.raised(), ...this.#groups.raised()]
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#cancel()
    this.#unsubscribe()
    this.#store()
    await Promise.all([this.#settling, this.#writing])
  }

  #next(): void {
    this.#cancel = this.#options.clock.startTimer(RESOLUTION_MS['10s'], () => {
      this.#look()
      if (!this.#stopped) this.#next()
    })
  }

  #look(): void {
    const { clock, silenceFromMs } = this.#options
    const nowMs = clock.monotonicMs()
    const rows = this.#store()
    this.#nodes.stretch(rows, nowMs, node => this.#isThere(node))
    const listenedMs = nowMs - this.#startedAtMs
    const canJudge = listenedMs >= Math.max(silenceFromMs, this.#config.silent.silentAfterMs)
    this.#groups.look(this.#members(nowMs), nowMs, canJudge)
    this.#settling = this.#desk.settle(this.raised)
  }

  /** Hands what was measured to the store; answers it. */
  #store() {
    const { fleet, store, clock, logger, onLost } = this.#options
    const rows = fleet.takeStretch(node => this.#isThere(node))
    if (rows.length === 0) return rows
    if (this.#writes >= WRITES_WAITING_MAX) {
      logger.warn({ rows: rows.length }, 'a stretch of health is not stored: the disk does not keep up')
      onLost?.()
      return rows
    }
    this.#writes++
    // What was heard since the last look belongs to the stretch in which that was.
    const written = store.write(clock.wallMs() - RESOLUTION_MS['10s'], rows).catch((err: unknown) => {
      logger.warn({ err, rows: rows.length }, 'a stretch of health could not be stored')
      onLost?.()
    })
    this.#writing = written.finally(() => this.#writes--)
    return rows
  }

  #members(nowMs: number): ReadonlyMap<string, readonly GroupMember[]> {
    const { leader, fleet } = this.#options
    const groups = new Map<string, GroupMember[]>()
    for (const record of leader.view.list('node')) {
      const { liveness } = valueOf(record) as { readonly liveness: string }
      if (isDone(record) || liveness === 'left') continue
      const { name, version, groups: belongs } = contextOf<NodeContext>(record)
      const heardMs = fleet.lastHeardMs(name) ?? this.#startedAtMs
      const isSilent = nowMs - heardMs >= this.#config.silent.silentAfterMs
      const member = { node: name, isSilent, isLive: liveness !== 'offline', version }
      for (const group of Object.keys(belongs)) {
        const members = groups.get(group)
        if (members === undefined) groups.set(group, [member])
        else members.push(member)
      }
    }
    return groups
  }

  #noteLiveness({ outputs }: Folded): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const { type, data } of outputs) {
      const node = data['node']
      if (type !== 'node.liveness' || typeof node !== 'string' || data['liveness'] === 'left') continue
      this.#nodes.livenessChanged(node, nowMs)
      if (data['liveness'] !== 'alive') this.#options.fleet.suspected(node)
    }
  }

  #adopt({ kind, subject, evidence }: Anomaly): void {
    const name = restOf(subject as Address)
    this.#nodes.adopt({ kind: kind as AnomalyKind, evidence }, name)
    this.#groups.adopt(kind as AnomalyKind, name)
  }

  #isThere(node: string): boolean {
    const record = this.#options.leader.view.get(nodeAddress(node))
    return record !== undefined && !isDone(record)
  }
}
