import type { ConfigSetContext } from '../../actors/configset/chart.ts'
import type { GroupContext } from '../../actors/group/context.ts'
import type { PolicyContext } from '../../actors/policy/chart.ts'
import { configSetAddress } from '../../actors/vocabulary/address.ts'
import { groupAddress, policyAddress } from '../../actors/vocabulary/addresses.ts'
import type { ResolvedPolicy } from '../../actors/vocabulary/group-plan.ts'
import { builtInPolicies } from '../../policies/built-in.ts'
import { resolvePolicy } from '../../policies/resolve-policy.ts'
import { contextOf, isDone } from '../kernel/actor-record.ts'
import type { StateView } from '../kernel/kernel-state.ts'
import type { Committed, Head, Observed, ObservedGroup } from '../planner/observed.ts'

/**
 * What the compiler is told of the state: the groups that layer one of `paths` or are named, the named policies, and
 * all they refer to.
 */
export function observe(
  view: StateView,
  { paths, groups, policies: named }: Readonly<Record<'paths' | 'groups' | 'policies', ReadonlySet<string>>>,
): Observed {
  const heads: Record<string, Head> = {}
  const observed: Record<string, ObservedGroup> = {}
  const policies: Record<string, ResolvedPolicy> = {}
  const noteHead = (path: string): void => {
    const head = headOf(view, path)
    if (head !== undefined) heads[path] = head
  }
  const notePolicy = (name: string): void => {
    const resolved = policyNamed(view, name)
    if (resolved !== undefined) policies[name] = resolved
  }
  for (const name of builtInPolicies.keys()) notePolicy(name)
  // A document may make a group of a policy that an earlier job declared.
  for (const name of named) notePolicy(name)
  for (const path of paths) noteHead(path)
  for (const record of view.list('group')) {
    if (isDone(record)) continue
    const group = contextOf<GroupContext>(record)
    const concerned =
      groups.has(group.name) ||
      group.sets.some(path => paths.has(path)) ||
      (group.committed?.sets.some(path => paths.has(path)) ?? false)
    if (!concerned) continue
    observed[group.name] = observedGroup(group)
    notePolicy(group.policy)
    for (const path of [...group.sets, ...(group.committed?.sets ?? [])]) noteHead(path)
  }
  return { heads, groups: observed, policies }
}

export function headOf(view: StateView, path: string): Head | undefined {
  const record = view.get(configSetAddress(path))
  if (record === undefined) return undefined
  const { version, digest, deleted } = contextOf<ConfigSetContext>(record).head
  return deleted ? { version, tombstone: true } : { version, digest }
}

/** A declared policy, or a built-in one by its own name with its defaults. */
export function policyNamed(view: StateView, name: string): ResolvedPolicy | undefined {
  const record = view.get(policyAddress(name))
  if (record === undefined) return resolvePolicy({ name, uses: name, with: {} })
  return resolvePolicy(contextOf<PolicyContext>(record))
}

export function groupNamed(view: StateView, name: string): GroupContext | undefined {
  const record = view.get(groupAddress(name))
  return record === undefined || isDone(record) ? undefined : contextOf<GroupContext>(record)
}

function observedGroup({ sets, policy, committed, lastRevision }: GroupContext): ObservedGroup {
  const vector: Committed | null = committed && {
    revision: committed.revision,
    digest: committed.digest,
    sets: committed.sets,
    pins: committed.pins,
  }
  return {
    sets,
    policy,
    committed: vector,
    // A candidate that was undone left nothing behind: what is committed is what the next change starts from.
    current: vector ?? { sets: [], pins: {} },
    lastRevision,
  }
}
