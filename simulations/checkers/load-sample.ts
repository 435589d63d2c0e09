import { JOBS_KEPT_MAX } from '../../actors/job/chart.ts'
import type { LockContext } from '../../actors/lock/chart.ts'
import { REQUESTS_MAX } from '../../actors/request/chart.ts'
import { ROLLOUTS_KEPT_MAX } from '../../actors/rollout/chart.ts'
import { JOBS_OPEN_MAX } from '../../runtime/engine/routes/declare.ts'
import { TOKENS_MAX } from '../../runtime/engine/routes/tokens.ts'
import { contextOf } from '../../runtime/kernel/actor-record.ts'
import { OUTBOX_MAX } from '../../runtime/kernel/fold.ts'
import type { StateView } from '../../runtime/kernel/kernel-state.ts'

/** How full one thing that can grow was, and its named bound. */
export interface Load {
  readonly what: string
  readonly count: number
  readonly max: number
}

/** What could grow, at one moment. */
export interface LoadSample {
  readonly atMs: number
  readonly loads: readonly Load[]
  /** At rest nothing may be left of what passes: named only in the last sample. */
  readonly leftOver?: readonly string[]
}

/** Counts what the state of a central holds. */
export function sampleLoad(atMs: number, view: StateView): LoadSample {
  const open = view.count('job') - view.ended('job').length
  const loads: Load[] = [
    { what: 'OUTBOX_MAX', count: view.effectCount(), max: OUTBOX_MAX },
    { what: 'JOBS_OPEN_MAX', count: open, max: JOBS_OPEN_MAX },
    { what: 'JOBS_KEPT_MAX', count: view.ended('job').length, max: JOBS_KEPT_MAX },
    { what: 'ROLLOUTS_KEPT_MAX', count: view.ended('rollout').length, max: ROLLOUTS_KEPT_MAX },
    { what: 'REQUESTS_MAX', count: view.count('request'), max: REQUESTS_MAX },
    { what: 'TOKENS_MAX', count: view.count('token'), max: TOKENS_MAX },
  ]
  return { atMs, loads }
}

/** Effects that nobody settled, and locks that an ended job holds or waits for, once nothing moves any more. */
export function sampleRest(atMs: number, view: StateView): LoadSample {
  const ended = new Set(view.ended('job').map(String))
  const locks = view.list('lock').flatMap(record => {
    const { resource, holder, queue } = contextOf<LockContext>(record)
    return [holder, ...queue]
      .filter(job => job !== null && ended.has(`job/${job}`))
      .map(job => `lock ${resource} knows ${String(job)}, which has ended`)
  })
  const effects = [...view.effects().keys()].map(key => `effect ${key} is still owed`)
  return { ...sampleLoad(atMs, view), leftOver: [...locks, ...effects] }
}
