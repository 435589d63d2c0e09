import type { ClusterContext } from '../../../actors/cluster/chart.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import type { PolicyContext } from '../../../actors/policy/chart.ts'
import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import { CLUSTER, policyAddress } from '../../../actors/vocabulary/addresses.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { DiffView } from '../../engine/control.ts'
import { contextOf, isDone, isIn } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import type { ManifestDocument } from '../../manifest/manifest-document.ts'
import type { NodeShape, PolicyShape } from '../../rehearsals/rehearsal-spec.ts'
import type { RehearsalScene } from '../../rehearsals/rehearsals.ts'
import { shapesOf } from '../../rehearsals/shapes-of.ts'
import { livenessOf } from './liveness-of.ts'

/**
 * What of the cluster a change concerns, without its values: the groups whose content it moves, with their
 * policies as declared now, and the nodes that they count, as the journal knows them. `diff` is of these
 * documents. Throws `KONOR_REHEARSAL_NOTHING` when no node would notice.
 */
export function rehearsalScene(
  view: StateView,
  documents: readonly ManifestDocument[],
  diff: DiffView,
): RehearsalScene {
  const moved = new Set(diff.groups.flatMap(({ group, changes }) => (changes.length > 0 ? [group] : [])))
  const contexts = view
    .list('group')
    .filter(record => !isDone(record))
    .map(record => ({ context: contextOf<GroupContext>(record), isRolling: isIn(record, 'rolling') }))
    .filter(({ context }) => moved.has(context.name))
  const groups = contexts.map(({ context: { name, sets, policy } }) => ({ name, sets, policy }))
  const nodes = nodesOf(view, new Set(groups.map(({ name }) => name)))
  if (nodes.length === 0)
    throw new KonorError('KONOR_REHEARSAL_NOTHING', 'the manifests change no group that has nodes')
  const declared = shapesOf(documents)
  const layered = new Set(groups.flatMap(({ sets }) => sets))
  const changed = diff.sets.flatMap(({ path, changes }) => (changes.length > 0 ? [path] : []))
  const regrouped = declared.groups.filter(({ name }) => moved.has(name))
  // What a group begins to layer is new to it, whether or not it was declared before.
  const added = regrouped.flatMap(({ sets }) => sets).filter(path => !layered.has(path))
  const paths = changed.filter(path => layered.has(path))
  return {
    topology: { policies: policiesOf(view, groups), groups, nodes },
    change: {
      policies: declared.policies,
      groups: regrouped,
      paths: [...new Set([...paths, ...added])],
    },
    notes: notesOf(view, contexts),
  }
}

function policiesOf(view: StateView, groups: readonly { readonly policy: string }[]): readonly PolicyShape[] {
  return [...new Set(groups.map(({ policy }) => policy))].flatMap(name => {
    const record = view.get(policyAddress(name))
    if (record === undefined || isDone(record)) return []
    const { uses, with: options } = contextOf<PolicyContext>(record)
    return [{ name, uses, with: options }]
  })
}

/** The nodes that the groups count: who drains is offered nothing new. */
function nodesOf(view: StateView, groups: ReadonlySet<string>): readonly NodeShape[] {
  const processes = new Map<string, Record<string, number>>()
  for (const group of groups) {
    for (const record of view.listBelow(`sub/${group}/`)) {
      if (isDone(record) || isIn(record, 'draining')) continue
      const { node, processes: count } = contextOf<SubscriptionContext>(record)
      const known = processes.get(node) ?? {}
      known[group] = count
      processes.set(node, known)
    }
  }
  return view.list('node').flatMap(record => {
    const { name } = contextOf<NodeContext>(record)
    const own = processes.get(name)
    return own === undefined || isDone(record) ? [] : [{ name, liveness: livenessOf(record), groups: own }]
  })
}

function notesOf(
  view: StateView,
  groups: readonly { readonly context: GroupContext; readonly isRolling: boolean }[],
): readonly string[] {
  const cluster = view.get(CLUSTER)
  const isFrozen = cluster !== undefined && contextOf<ClusterContext>(cluster).frozen !== null
  return [
    ...(isFrozen ? ['the cluster is frozen: an apply would wait for a thaw'] : []),
    ...groups.flatMap(({ context: { name }, isRolling }) =>
      isRolling ? [`${name} is rolling: the rehearsal begins from what it has committed`] : [],
    ),
  ]
}
