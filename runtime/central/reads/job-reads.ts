import type { JobContext } from '../../../actors/job/context.ts'
import { jobAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Control } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import type { JobView } from '../../engine/views.ts'
import { type ActorRecord, contextOf, isDone } from '../../kernel/actor-record.ts'
import type { DecodedBlobs } from './decoded-blobs.ts'
import { groupsOfJob, jobStateOf, jobView } from './job-view.ts'
import { notFound } from './not-found.ts'
import { pageOf } from './page-of.ts'
import type { WaitingRoom } from './waiting-room.ts'

export type JobReads = Pick<Control, 'job' | 'jobs' | 'jobPlan' | 'waitForJob'>

/** Reads of jobs: those under way and the ended ones that are still readable. */
export function createJobReads(leader: Leader, blobs: DecodedBlobs, room: WaitingRoom): JobReads {
  const recordOf = (id: string): ActorRecord => {
    const record = leader.view.get(jobAddress(id))
    if (record === undefined) throw notFound('job', id, 'or it ended long ago and is in the audit only')
    return record
  }
  const viewOf = (record: ActorRecord): JobView => jobView(leader.view, record, leader.position.timeline)
  return {
    job: id => viewOf(recordOf(id)),
    jobs: (page, filter = {}) =>
      pageOf(
        {
          // Ids rise with time: the newest job is the one that people look for.
          items: leader.view
            .list('job')
            .filter(record => isWanted(record, filter))
            .toReversed(),
          newestFirst: true,
          keyOf: record => contextOf<JobContext>(record).id,
          view: viewOf,
        },
        page,
      ),
    async jobPlan(id) {
      const { plan } = contextOf<JobContext>(recordOf(id))
      if (plan === null) throw notFound('plan', `of job ${id}`, 'it was not compiled, or needs none')
      return { digest: plan.digest, plan: await blobs.get(plan.blob) }
    },
    waitForJob: (id, timeoutMs) =>
      room.wait({
        concerns: ({ changed }) => changed.has(jobAddress(id)),
        check() {
          const record = recordOf(id)
          return isDone(record) ? viewOf(record) : undefined
        },
        onTimeout: () => viewOf(recordOf(id)),
        timeoutMs,
      }),
  }
}

function isWanted(
  record: ActorRecord,
  { state, group }: { readonly state?: string; readonly group?: string },
): boolean {
  return (
    (state === undefined || jobStateOf(record) === state) &&
    (group === undefined || groupsOfJob(contextOf<JobContext>(record)).has(group))
  )
}
