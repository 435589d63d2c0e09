import type { ClusterModel } from './cluster-model.ts'
import type { GroupModel } from './group-model.ts'

/** What anybody may see of a group. */
export interface Picture {
  readonly state: string
  readonly committed: { readonly revision: number; readonly digest: string } | null
  readonly candidate?: { readonly revision: number }
  readonly previous?: { readonly revision: number }
  readonly held: readonly { readonly path: string; readonly pinned: number | null; readonly head: number }[]
  readonly counts: { readonly nodes: number; readonly live: number; readonly applied: number }
}

/** A group as readers must be shown it. */
export function wantedView({ declarations }: ClusterModel, group: GroupModel): Picture {
  const { committed, candidate, previous, sets, members } = group
  const held =
    committed === null
      ? []
      : sets.toSorted().flatMap(path => {
          const head = declarations.headOf(path)
          const pinned = committed.pins[path]?.version ?? null
          const isComing = candidate?.pins[path]?.version === head
          return head === undefined || pinned === head || isComing ? [] : [{ path, pinned, head }]
        })
  const standings = [...members.values()]
  const applied = standings.filter(({ active, progress }) => {
    const owes =
      progress?.revision === committed?.revision && progress !== null && progress.phase !== 'applied'
    return committed !== null && active === committed.revision && !owes
  })
  const live = standings.filter(({ offline }) => !offline)
  return {
    state: group.isPaused ? 'paused' : group.state === 'restoring' ? 'rolling' : group.state,
    committed,
    ...(candidate === null ? {} : { candidate }),
    ...(previous === null ? {} : { previous }),
    held,
    counts: { nodes: standings.length, live: live.length, applied: applied.length },
  }
}

export function viewText({ state, committed, candidate, previous, held, counts }: Picture): string {
  const behind = held.map(({ path, pinned, head }) => `${path} ${pinned ?? 'out'} < ${head}`)
  return [
    state,
    `committed ${committed?.revision ?? 'nothing'} ${committed?.digest.slice(0, 8) ?? ''}`,
    `candidate ${candidate?.revision ?? 'none'}`,
    `previous ${previous?.revision ?? 'none'}`,
    `held ${behind.join('; ') || 'nothing'}`,
    `${counts.applied} of ${counts.live} of ${counts.nodes} applied`,
  ].join(', ')
}
