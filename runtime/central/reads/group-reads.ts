import type { GroupContext } from '../../../actors/group/context.ts'
import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import { groupAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Control } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import { type ActorRecord, contextOf, isDone } from '../../kernel/actor-record.ts'
import { groupNodeView } from './group-node-view.ts'
import { groupView } from './group-view.ts'
import { notFound } from './not-found.ts'
import { numberKey, pageOf } from './page-of.ts'
import { revisionView } from './revision-view.ts'
import type { TimeReference } from './rollout-view.ts'

export type GroupReads = Pick<Control, 'group' | 'groups' | 'groupRevisions' | 'groupNodes'>

/** Reads of groups. `now` pairs journal time with the wall, for deadlines. */
export function createGroupReads(leader: Leader, now: () => TimeReference): GroupReads {
  return {
    group: name => groupView(leader.view, groupRecord(leader, name), now()),
    groups: page =>
      pageOf(
        {
          items: leader.view.list('group').filter(record => !isDone(record)),
          keyOf: record => contextOf<GroupContext>(record).name,
          view: record => groupView(leader.view, record, now()),
        },
        page,
      ),
    groupRevisions: (name, page) =>
      pageOf(
        {
          items: contextOf<GroupContext>(groupRecord(leader, name)).revisions,
          newestFirst: true,
          keyOf: ({ revision }) => numberKey(revision),
          view: one => revisionView(leader.view, one),
        },
        page,
      ),
    groupNodes(name, page) {
      groupRecord(leader, name)
      return pageOf(
        {
          items: leader.view.listBelow(`sub/${name}/`).filter(record => !isDone(record)),
          keyOf: record => contextOf<SubscriptionContext>(record).node,
          view: record => groupNodeView(leader.view, record),
        },
        page,
      )
    },
  }
}

/** `KONOR_ENGINE_NOT_FOUND` for a group that is not declared. */
export function groupRecord({ view }: Leader, name: string): ActorRecord {
  const record = view.get(groupAddress(name))
  if (record === undefined || isDone(record)) throw notFound('group', name)
  return record
}
