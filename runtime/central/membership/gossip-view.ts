import type { Leader } from '../../engine/leader.ts'
import type { GossipMemberView, GossipView } from '../../engine/views.ts'
import type { MemberRecord } from '../../gossip/core/member-record.ts'
import type { ClusterGossip } from './cluster-gossip.ts'
import { detectionBoundMs } from './detection-bound.ts'
import { type KeyRotation, ROTATION_NAMES_MAX } from './key-rotation.ts'
import { keyStageOf } from './key-stage.ts'

/** Members that one answer names; past it those in trouble come first. */
export const MEMBERS_SHOWN_MAX = 1_000

const ORDER = ['suspect', 'dead', 'left', 'alive'] as const

interface Sources {
  readonly leader: Leader
  readonly gossip: ClusterGossip
  readonly rotation: KeyRotation
}

/** Gossip as central sees it now. Of keys it tells ids and generations alone. */
export function gossipView({ leader, gossip, rotation }: Sources): GossipView {
  const { host, preset } = gossip.member
  const { generation, phase, sinceMs, owed } = keyStageOf(leader.view)
  const { primary, keyIds } = host.keyring.state
  const waiting = rotation.waitingFor()
  const records = gossip.records()
  const members = records.map(record => memberView(gossip, record)).toSorted(compareMembers)
  return {
    preset,
    address: host.address,
    member: host.member.self.id,
    localHealth: host.member.localHealth,
    detectionBoundMs: detectionBoundMs(leader.view, gossip.member),
    keys: {
      generation,
      phase,
      ...(sinceMs === 0 ? {} : { since: new Date(sinceMs).toISOString() }),
      primary,
      ids: keyIds,
      waitingFor: waiting.slice(0, ROTATION_NAMES_MAX),
      waitingForCount: waiting.length,
      owed,
    },
    counts: countMembers(gossip, records),
    members: members.slice(0, MEMBERS_SHOWN_MAX),
    membersMore: Math.max(0, members.length - MEMBERS_SHOWN_MAX),
  }
}

/** Members that are nodes of this cluster, by status, and those that are not. */
export function countMembers(gossip: ClusterGossip, records: readonly MemberRecord[]): GossipView['counts'] {
  const counts = { alive: 0, suspect: 0, dead: 0, left: 0, foreign: 0 }
  for (const { id, status } of records) {
    if (gossip.roster.nodeOf(id) === undefined) counts.foreign++
    else if (status !== 'candidate') counts[status]++
  }
  return counts
}

function memberView(gossip: ClusterGossip, { id, status, address }: MemberRecord): GossipMemberView {
  const roundTripMs = gossip.roundTripMs(id)
  return {
    node: gossip.roster.nodeOf(id) ?? null,
    member: id,
    address,
    status: status === 'candidate' ? 'alive' : status,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
  }
}

function compareMembers(a: GossipMemberView, b: GossipMemberView): number {
  const [nameA, nameB] = [a.node ?? '', b.node ?? '']
  return ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0)
}
