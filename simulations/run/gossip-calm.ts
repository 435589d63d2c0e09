import type { Cluster } from '../cluster/cluster.ts'

/** Why members of gossip do not agree yet, with one another and with what is so; empty when they do. */
export function gossipDisagreements({ gossip, topology }: Cluster): string[] {
  if (topology.gossip === undefined) return []
  const present = gossip.lives.filter(
    ({ program, silentSinceMs }) => program.end === undefined && silentSinceMs === undefined,
  )
  const ids = new Set(present.map(({ id }) => id))
  return present.flatMap(observer => {
    const held = new Map([...observer.member.records()].map(({ id, status }) => [id, status]))
    const missed = present
      .filter(({ id }) => held.get(id) !== 'alive')
      .map(({ id, machine }) => `${observer.machine} holds ${machine} for ${held.get(id) ?? 'nobody'}`)
    const ghosts = [...held]
      .filter(([id, status]) => !ids.has(id) && (status === 'alive' || status === 'suspect'))
      .map(([id, status]) => `${observer.machine} holds ${gossip.nameOf(id)}, which is gone, for ${status}`)
    return [...missed, ...ghosts]
  })
}
