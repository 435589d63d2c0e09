import type { ClusterContext } from '../../actors/cluster/chart.ts'
import type { GroupContext } from '../../actors/group/context.ts'
import type { JobContext } from '../../actors/job/context.ts'
import type { LockContext } from '../../actors/lock/chart.ts'
import type { RolloutContext } from '../../actors/rollout/context.ts'
import type { SubscriptionContext } from '../../actors/subscription/chart.ts'
import { groupAddress, lockAddress, rolloutAddress } from '../../actors/vocabulary/addresses.ts'
import { type ActorRecord, contextOf, isDone, isIn } from '../kernel/actor-record.ts'
import type { Input, Output } from '../kernel/input.ts'
import type { KernelState } from '../kernel/kernel-state.ts'

/** A promise that the state broke, with where. */
export class Broken extends Error {}

/** Group → what was seen of it, to compare the next record with. */
export type Memory = Map<string, { readonly last: number; readonly committed: number }>

/**
 * What must hold after every record, told from the state alone and without the code that it checks: numbers are
 * counted again from the subscriptions, quorums are worked out from them.
 */
export function checkRecord(
  state: KernelState,
  outputs: readonly Output[],
  inputs: readonly Input[],
  memory: Memory,
): void {
  checkGroups(state, outputs, memory)
  checkCounters(state)
  checkLocks(state)
  // What one record holds of several facts is folded one after the other: only a lone fact can be judged by its end.
  const lone = inputs.length === 1 && inputs[0]?.route !== 'liveness'
  if (lone) for (const output of outputs) if (output.type === 'group.committed') checkCommit(state, output)
}

function checkGroups(state: KernelState, outputs: readonly Output[], memory: Memory): void {
  const told = outputs
    .filter(({ type }) => type === 'group.committed')
    .map(({ address, data }) => `${address}@${String(data['revision'])}`)
  const deleted = new Set(
    outputs.filter(({ type }) => type === 'group.deleted').map(({ data }) => data['group']),
  )
  for (const record of state.list('group')) {
    const { name, lastRevision: last, revisions, committed } = contextOf<GroupContext>(record)
    const known = memory.get(name) ?? { last: 0, committed: 0 }
    // Made anew it has committed nothing yet, but its numbers go on.
    const before = deleted.has(name) ? { ...known, committed: 0 } : known
    if (isDone(record)) {
      memory.set(name, { last, committed: 0 })
      continue
    }
    const now = { last, committed: committed?.revision ?? 0 }
    must(now.last >= before.last, `${name}: the last revision fell from ${before.last} to ${now.last}`)
    must(
      now.committed >= before.committed,
      `${name}: committed went back from ${before.committed} to ${now.committed}`,
    )
    must(now.committed <= now.last, `${name}: committed ${now.committed} is above the last ${now.last}`)
    if (now.committed !== before.committed)
      must(
        told.includes(`${record.address}@${now.committed}`),
        `${name}: ${now.committed} committed and nobody was told`,
      )
    for (const [index, one] of revisions.entries())
      must(
        index === 0 || one.revision < (revisions[index - 1]?.revision ?? 0),
        `${name}: revisions out of order`,
      )
    memory.set(name, now)
  }
}

/** The subscriptions of a group that count. */
function followersOf(state: KernelState, group: string): readonly SubscriptionContext[] {
  return state
    .listBelow(`sub/${group}/`)
    .filter(record => isIn(record, 'following'))
    .map(contextOf<SubscriptionContext>)
}

function checkCounters(state: KernelState): void {
  for (const record of state.list('group')) {
    if (isDone(record)) continue
    const { name, nodes, offline } = contextOf<GroupContext>(record)
    const followers = followersOf(state, name)
    must(nodes === followers.length, `${name} counts ${nodes} nodes of ${followers.length}`)
    must(offline === followers.filter(one => one.offline).length, `${name} counts ${offline} offline`)
  }
  for (const record of state.list('rollout')) {
    if (isDone(record)) continue
    const { group, revision, digest: wanted, counts } = contextOf<RolloutContext>(record)
    const followers = followersOf(state, group)
    for (const phase of ['staged', 'activated', 'applied', 'rejected'] as const) {
      const there = followers.filter(
        ({ active, digest, progress }) =>
          progress?.revision === revision &&
          progress.phase === phase &&
          // The same number with another content is another revision.
          !(active === revision && digest !== null && digest !== wanted),
      )
      const away = there.filter(one => one.offline).length
      const found = `${counts[phase]}/${counts[`${phase}Offline`]}`
      must(
        found === `${there.length}/${away}`,
        `${record.address} counts ${found} ${phase} of ${there.length}/${away}`,
      )
    }
  }
}

const HOLDING = ['compiling', 'admitting', 'rolling'] as const

function checkLocks(state: KernelState): void {
  for (const record of state.list('lock')) {
    const { holder, resource, queue } = contextOf<LockContext>(record)
    must((holder !== null) === isIn(record, 'held'), `${resource} is held and free`)
    for (const job of holder === null ? queue : [holder, ...queue]) {
      const found = state.get(`job/${job}` as ActorRecord['address'])
      must(found !== undefined && !isDone(found), `${resource} is held or awaited by ${job}, which ended`)
    }
    must(
      new Set(queue).size === queue.length && !queue.includes(holder ?? ''),
      `${resource} is awaited twice`,
    )
  }
  for (const record of state.list('job')) {
    const { id, kind, locks } = contextOf<JobContext>(record)
    if (kind === 'rollback' || !HOLDING.some(name => isIn(record, name))) continue
    for (const resource of locks) {
      const lock = state.get(lockAddress(resource))
      const holder = lock === undefined ? null : contextOf<LockContext>(lock).holder
      must(holder === id, `${id} goes on without ${resource}, which ${holder} holds`)
    }
  }
}

/** A commit that its policy may not have made. Restored content is committed without asking. */
function checkCommit(state: KernelState, { data }: Output): void {
  const { group, revision, kind } = data as { group: string; revision: number; kind: string }
  if (kind === 'rollback' || kind === 'restore') return
  // The job that waited next may have deleted the group in the very same record.
  const owner = state.get(groupAddress(group))
  if (owner === undefined || isDone(owner)) return
  const record = state.get(rolloutAddress(group, revision))
  must(record !== undefined, `${group} committed ${revision} without a rollout`)
  if (record === undefined) return
  const { policy } = contextOf<RolloutContext>(record)
  const followers = followersOf(state, group)
  const phaseOf = ({ progress }: SubscriptionContext) =>
    progress?.revision === revision ? progress.phase : 'pending'
  if (policy?.chart === 'policy:strong@1') {
    const missing = followers.filter(one => !['staged', 'activated', 'applied'].includes(phaseOf(one)))
    must(
      missing.length === 0,
      `strong committed ${group}@${revision} without ${missing.map(one => one.node).join()}`,
    )
    return
  }
  const voters = followers.filter(
    one => !one.offline || ['staged', 'activated', 'applied', 'rejected'].includes(phaseOf(one)),
  )
  const applied = followers.filter(one => !one.offline && phaseOf(one) === 'applied').length
  const quorum = policy?.options['quorum'] === '100%' ? voters.length : Math.floor(voters.length / 2) + 1
  const least = Math.ceil(followers.length / 3)
  must(
    followers.length === 0 || applied >= Math.max(voters.length === 0 ? 0 : quorum, least),
    `eventual committed ${group}@${revision} with ${applied} of ${voters.length}`,
  )
}

/** When every node answered and every deadline passed, nothing is left over. */
export function checkEnd(state: KernelState): void {
  for (const record of state.list('job'))
    must(isDone(record), `${record.address} never ends: ${JSON.stringify(record.snapshot.value)}`)
  for (const record of state.list('lock')) must(isIn(record, 'free'), `${record.address} is still held`)
  must(state.effectCount() === 0, 'the outbox is not empty')
  const cluster = state.list('cluster')[0]
  if (cluster !== undefined)
    must(contextOf<ClusterContext>(cluster).waiting.length === 0, 'jobs wait at an open gate')
  for (const record of state.list('sub')) {
    const { group } = contextOf<SubscriptionContext>(record)
    must(state.get(groupAddress(group)) !== undefined, `${record.address} outlived its group`)
  }
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what)
}
