import type { RehearsalSpec } from './rehearsal-spec.ts'

/** Names of one list that a report holds; the rest is counted. */
export const SCENE_NAMES_MAX = 20

export interface BoundedNames {
  readonly names: readonly string[]
  readonly count: number
}

/** What a rehearsal is about: what the change moves, and who stays away from it. */
export interface RehearsedScene {
  /** Groups whose content or rules change. */
  readonly groups: BoundedNames
  readonly paths: BoundedNames
  /** Nodes that the journal calls suspect, offline or left: they are there in no run. */
  readonly away: BoundedNames
}

export function sceneOf({ topology, change }: Pick<RehearsalSpec, 'topology' | 'change'>): RehearsedScene {
  const paths = new Set(change.paths)
  const redeclared = new Set(change.groups.map(({ name }) => name))
  const moved = topology.groups.filter(
    ({ name, sets }) => redeclared.has(name) || sets.some(path => paths.has(path)),
  )
  const away = topology.nodes.filter(({ liveness }) => liveness !== 'alive')
  return {
    groups: bounded(moved.map(({ name }) => name)),
    paths: bounded(change.paths),
    away: bounded(away.map(({ name }) => name)),
  }
}

function bounded(names: readonly string[]): BoundedNames {
  return { names: names.slice(0, SCENE_NAMES_MAX), count: names.length }
}
