import type { JobContext } from '../../../actors/job/context.ts'
import type { LockContext } from '../../../actors/lock/chart.ts'
import { lockAddress } from '../../../actors/vocabulary/addresses.ts'
import type { GroupOutcome, JobState, JobView } from '../../engine/views.ts'
import { type ActorRecord, contextOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'
import { isoTime } from './iso-time.ts'
import { indexText } from './record-index.ts'
import { stateText } from './state-text.ts'
import { stepViews } from './step-views.ts'

const STATES: Readonly<Record<string, JobState>> = {
  accepted: 'accepted',
  admitting: 'queued',
  locking: 'queued',
  compiling: 'running',
  'rolling.running': 'running',
  'rolling.paused': 'paused',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** A job as readers get it. `timeline` is the present one: it holds every record that the state came from. */
export function jobView(view: StateView, record: ActorRecord, timeline: number): JobView {
  const job = contextOf<JobContext>(record)
  const state = jobStateOf(record)
  const reason = job.reason ?? waitsFor(view, record, job)
  return {
    id: job.id,
    kind: job.kind,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(job.supersededBy === null ? {} : { supersededBy: job.supersededBy }),
    plan: { digest: job.plan?.digest ?? null, steps: stepViews(view, job, state) },
    groups: outcomesOf(job, state),
    createdAt: isoTime(job.createdAtMs),
    ...(job.finishedAtMs === null ? {} : { finishedAt: isoTime(job.finishedAtMs) }),
    by: job.by,
    ...(job.trace === null ? {} : { traceId: job.trace }),
    index: indexText({ timeline, seq: job.createdSeq }),
  }
}

export function jobStateOf(record: ActorRecord): JobState {
  const text = stateText(record)
  const state = STATES[text]
  if (state === undefined) throw new TypeError(`a job in the state ${text} has no view`)
  return state
}

/** The groups that a job is about, whether or not it came to roll them out. */
export function groupsOfJob(job: JobContext): ReadonlySet<string> {
  return new Set([
    ...job.groups,
    ...(job.plan?.groups ?? []).map(({ group }) => group),
    ...job.outcomes.map(({ group }) => group),
  ])
}

/** In a queue, what it waits for: the lock and who holds it. */
function waitsFor(view: StateView, record: ActorRecord, { locks, held }: JobContext): string | undefined {
  const resource = locks[held]
  if (stateText(record) !== 'locking' || resource === undefined) return undefined
  const holder = contextAt<LockContext>(view, lockAddress(resource))?.holder ?? null
  return holder === null
    ? `waits for the lock ${resource}`
    : `waits for the lock ${resource}, held by job ${holder}`
}

function outcomesOf(job: JobContext, state: JobState): readonly GroupOutcome[] {
  if (job.outcomes.length > 0) {
    return job.outcomes.map(({ group, revision, outcome, reason }) =>
      reason === null ? { group, revision, outcome } : { group, revision, outcome, reason },
    )
  }
  // Not planned again yet, or it ended before any rollout: the groups that it would have rolled out.
  const outcome = state === 'failed' ? 'failed' : state === 'cancelled' ? 'aborted' : 'pending'
  if (job.kind === 'delete-group' || state === 'succeeded') return []
  return (job.plan?.groups ?? []).map(({ group }) => ({ group, revision: null, outcome }))
}
