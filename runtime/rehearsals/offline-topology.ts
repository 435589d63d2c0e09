import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { builtInPolicies } from '../../policies/built-in.ts'
import type { ManifestDocument } from '../manifest/manifest-document.ts'
import { shapesOf } from './shapes-of.ts'
import {
  type GroupShape,
  REHEARSAL_NODES_MAX,
  type RehearsalChange,
  type RehearsalTopology,
} from './rehearsal-spec.ts'

export interface OfflineOptions {
  readonly nodes: number
  /** Of each node in each group. */
  readonly processes: number
  /** Rolls out every group by this policy instead of the declared one. */
  readonly policy?: string
}

/** What a group is called that no manifest declares. */
const NAMELESS = 'rehearsed'

/**
 * A cluster made up from the manifests alone: their groups, all of whose nodes are well, as they are before
 * the change; and the change, which moves every path of the manifests (those of the groups when they hold no
 * ConfigSet).
 */
export function offlineTopology(
  documents: readonly ManifestDocument[],
  { nodes, processes, policy }: OfflineOptions,
): { readonly topology: RehearsalTopology; readonly change: RehearsalChange } {
  if (nodes > REHEARSAL_NODES_MAX)
    throw new KonorError('KONOR_REHEARSAL_TOO_LARGE', `at most ${REHEARSAL_NODES_MAX} nodes are played`, {
      details: { bound: 'REHEARSAL_NODES_MAX', max: REHEARSAL_NODES_MAX },
    })
  const declared = shapesOf(documents)
  const { policies } = declared
  const nameless: GroupShape = { name: NAMELESS, sets: declared.paths, policy: policy ?? 'eventual' }
  const groups = declared.groups.length === 0 && declared.paths.length > 0 ? [nameless] : declared.groups
  if (groups.length === 0)
    throw new KonorError('KONOR_REHEARSAL_NOTHING', 'the manifests hold no ConfigSet and no Group')
  const chosen = groups.map(group => ({ ...group, policy: policy ?? group.policy }))
  for (const group of chosen)
    if (!builtInPolicies.has(group.policy) && !policies.some(({ name }) => name === group.policy))
      throw new KonorError(
        'KONOR_CLI_USAGE',
        `the policy ${group.policy} is not in the manifests: add its document, or choose one with --policy`,
      )
  const layered = new Set(chosen.flatMap(({ sets }) => sets))
  const moved = declared.paths.filter(path => layered.has(path))
  const membership = Object.fromEntries(chosen.map(({ name }) => [name, processes]))
  return {
    topology: {
      policies,
      groups: chosen,
      nodes: Array.from({ length: nodes }, (_, index) => ({
        name: `n${index + 1}`,
        liveness: 'alive' as const,
        groups: membership,
      })),
    },
    change: { policies: [], groups: [], paths: moved.length === 0 ? [...layered] : moved },
  }
}
