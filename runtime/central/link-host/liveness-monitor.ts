import type { LivenessState } from '../../../actors/node/chart.ts'
import type { Leader } from '../../engine/leader.ts'
import { isDone, valueOf } from '../../kernel/actor-record.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

/** A lost link makes a node suspect; it is offline when it stays away for so long. */
export const OFFLINE_AFTER_MS = 10_000
/** At most one record of liveness in this time: the latest state of each node. */
export const JOURNAL_EVERY_MS = 1_000
/** Nobody is accused before so much of a leadership has passed: suspicion and the offline bound together. */
export const LIVENESS_BOUND_MS = 16_000
/** A timer that fires so late says that this process stood still. */
const LATE_MS = 1_000

/**
 * The seam of liveness: what the links see goes in, at most one journaled record of changes a second comes out.
 * Membership by gossip will feed the same three calls.
 */
export interface LivenessMonitor {
  up(node: string): void
  down(node: string): void
  left(node: string): void
  stop(): void
}

export interface LivenessOptions {
  readonly leader: Leader
  readonly clock: Clock
  readonly logger: Logger
}

export function startLivenessMonitor({ leader, clock, logger }: LivenessOptions): LivenessMonitor {
  const wanted = new Map<string, LivenessState>()
  const linked = new Set<string>()
  const downSinceMs = new Map<string, number>()
  let bornMs = clock.monotonicMs()
  let underWay = false
  let cancel = (): void => {}

  const tick = (dueMs: number): void => {
    const nowMs = clock.monotonicMs()
    // We stood still: what we did not hear in that time is nobody's fault.
    if (nowMs - dueMs > LATE_MS) {
      bornMs += nowMs - dueMs
      for (const [node, sinceMs] of downSinceMs) downSinceMs.set(node, sinceMs + nowMs - dueMs)
    }
    if (nowMs - bornMs >= LIVENESS_BOUND_MS) accuse(nowMs)
    flush()
    arm()
  }
  const arm = (): void => {
    const dueMs = clock.monotonicMs() + JOURNAL_EVERY_MS
    cancel = clock.startTimer(JOURNAL_EVERY_MS, () => tick(dueMs))
  }

  /** Whoever has been away for the whole bound, those that never linked to this leader included. */
  function accuse(nowMs: number): void {
    for (const record of leader.view.list('node')) {
      if (isDone(record)) continue
      const { name } = contextOf<NodeContext>(record)
      if (linked.has(name)) continue
      const journaled = livenessOf(record)
      if (journaled === 'offline' || journaled === 'left') continue
      const awayMs = nowMs - (downSinceMs.get(name) ?? bornMs)
      wanted.set(name, awayMs >= OFFLINE_AFTER_MS ? 'offline' : 'suspect')
    }
  }

  function flush(): void {
    if (underWay) return
    const changes: { node: string; to: LivenessState }[] = []
    for (const [node, to] of wanted) {
      const record = leader.view.get(`node/${node}` as never)
      if (record !== undefined && !isDone(record) && livenessOf(record) !== to) changes.push({ node, to })
    }
    wanted.clear()
    if (changes.length === 0) return
    underWay = true
    leader
      .submitFact({ route: 'liveness', by: 'system', scopes: ['system'], body: { changes } })
      .catch((cause: unknown) => logger.warn({ err: cause }, 'a change of liveness was not recorded'))
      .finally(() => {
        underWay = false
      })
  }

  arm()
  return {
    up(node) {
      linked.add(node)
      downSinceMs.delete(node)
      wanted.set(node, 'alive')
    },
    down(node) {
      linked.delete(node)
      downSinceMs.set(node, clock.monotonicMs())
      if (clock.monotonicMs() - bornMs >= LIVENESS_BOUND_MS) wanted.set(node, 'suspect')
    },
    left(node) {
      linked.delete(node)
      wanted.set(node, 'left')
    },
    stop: () => cancel(),
  }
}

function livenessOf(record: Parameters<typeof valueOf>[0]): string {
  return (valueOf(record) as { readonly liveness: string }).liveness
}
