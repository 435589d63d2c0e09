import type { ClusterContext } from '../../../actors/cluster/chart.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import type { TokenContext } from '../../../actors/token/chart.ts'
import { CLUSTER, nodeAddress } from '../../../actors/vocabulary/addresses.ts'
import type { Control, ResetView } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import type { PolicyView } from '../../engine/views.ts'
import type { Journal } from '../../journal/journal.ts'
import { contextOf, isDone } from '../../kernel/actor-record.ts'
import type { Clock } from '../../ports/clock.ts'
import { createActorReads } from './actor-reads.ts'
import { authenticate } from './authenticate.ts'
import { createConfigReads } from './config-reads.ts'
import { contextAt } from './context-at.ts'
import type { ControlReads } from './control-reads.ts'
import { DecodedBlobs } from './decoded-blobs.ts'
import { createEffectiveReads } from './effective-reads.ts'
import { streamEvents } from './event-stream.ts'
import { FoldedFeed } from './folded-feed.ts'
import { createGroupReads, groupRecord } from './group-reads.ts'
import { groupView } from './group-view.ts'
import { type HealthCheck, healthView } from './health-view.ts'
import { createJobReads } from './job-reads.ts'
import { nodeView } from './node-view.ts'
import { notFound } from './not-found.ts'
import { pageOf } from './page-of.ts'
import { policyNames, policyView } from './policy-view.ts'
import { readAudit } from './read-audit.ts'
import { indexText } from './record-index.ts'
import type { TimeReference } from './rollout-view.ts'
import { tokenView } from './token-view.ts'
import { waitForIndex } from './wait-for-index.ts'
import { WaitingRoom } from './waiting-room.ts'

export interface ReadsOptions {
  readonly leader: Leader
  readonly journal: Pick<Journal, 'read' | 'head' | 'getCheckpoint'>
  readonly clock: Clock
  readonly clusterId: string
  readonly version: string
  /** What else must hold for this central to be ready: its listeners, its disk. */
  healthChecks?(): readonly HealthCheck[]
}

/** The reading half of `Control`: answers from the durable state, and from the journal for history. */
export function createReads(options: ReadsOptions): ControlReads {
  const { leader, journal, clock } = options
  const feed = new FoldedFeed(leader)
  const room = new WaitingRoom(feed, clock)
  const blobs = new DecodedBlobs(digest => leader.getBlob(digest))
  const now = (): TimeReference => timeReference(leader, feed, clock)
  const sources = { leader, journal, feed, snapshot: () => snapshotOf(leader, now()) }
  return {
    ...createJobReads(leader, blobs, room),
    ...createConfigReads(leader, blobs),
    ...createGroupReads(leader, now),
    ...createEffectiveReads(blobs, name => contextOf<GroupContext>(groupRecord(leader, name))),
    ...nodeReads(leader),
    ...policyReads(leader),
    ...createActorReads(leader, journal, clock),
    tokens: page =>
      pageOf(
        {
          items: leader.view.list('token'),
          keyOf: record => contextOf<TokenContext>(record).id,
          view: record => tokenView(record, clock.wallMs()),
        },
        page,
      ),
    frozen: () => (contextAt<ClusterContext>(leader.view, CLUSTER)?.frozen ?? null) !== null,
    audit: (page, filter) => readAudit({ leader, journal }, page, filter),
    index: () => indexText(leader.position),
    waitForIndex: (index, timeoutMs) => waitForIndex(leader, room, index, timeoutMs),
    events: (since, signal) => streamEvents(sources, since, signal),
    authenticate: apiKey => authenticate(leader.view, apiKey),
    health: () => healthView(leader, options, options.healthChecks?.() ?? []),
  }
}

/** A removed node can still be asked for by its name, for a while; lists show those that are there. */
function nodeReads(leader: Leader): Pick<Control, 'node' | 'nodes'> {
  return {
    node(name) {
      const record = leader.view.get(nodeAddress(name))
      if (record === undefined) throw notFound('node', name)
      return nodeView(leader.view, record)
    },
    nodes: page =>
      pageOf(
        {
          items: leader.view.list('node').filter(record => !isDone(record)),
          keyOf: record => contextOf<NodeContext>(record).name,
          view: record => nodeView(leader.view, record),
        },
        page,
      ),
  }
}

function policyReads(leader: Leader): Pick<Control, 'policy' | 'policies'> {
  const policy = (name: string): PolicyView => {
    const found = policyView(leader.view, name)
    if (found === undefined) throw notFound('policy', name)
    return found
  }
  return {
    policy,
    policies: page => pageOf({ items: policyNames(leader.view), keyOf: name => name, view: policy }, page),
  }
}

function snapshotOf({ view }: Leader, now: TimeReference): Pick<ResetView, 'groups' | 'nodes'> {
  const groups = view.list('group').filter(record => !isDone(record))
  const nodes = view.list('node').filter(record => !isDone(record))
  return {
    groups: groups.map(record => groupView(view, record, now)),
    nodes: nodes.map(record => nodeView(view, record)),
  }
}

/** The wall at the newest record; before any was folded here, the wall now: time goes on from there. */
function timeReference({ position }: Leader, feed: FoldedFeed, clock: Clock): TimeReference {
  return { timeMs: position.timeMs, wallMs: feed.last?.wallMs ?? clock.wallMs() }
}
