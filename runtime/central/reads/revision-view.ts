import type { GroupRevision } from '../../../actors/group/context.ts'
import type { JobContext } from '../../../actors/job/context.ts'
import { jobAddress } from '../../../actors/vocabulary/addresses.ts'
import type { RevisionView } from '../../engine/views.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'
import { isoTime } from './iso-time.ts'

/** A revision of a group. Who made it is known as long as its job is readable. */
export function revisionView(view: StateView, one: GroupRevision): RevisionView {
  const by = one.job === '' ? undefined : contextAt<JobContext>(view, jobAddress(one.job))?.by
  return {
    revision: one.revision,
    digest: one.digest,
    at: isoTime(one.atMs),
    pins: one.pins,
    outcome: one.outcome,
    kind: one.kind,
    ...(one.job === '' ? {} : { job: one.job }),
    ...(by === undefined ? {} : { by }),
  }
}
