import type { GroupContext } from '../../../actors/group/context.ts'
import type { Content } from '../../../actors/vocabulary/group-plan.ts'
import type { Control } from '../../engine/control.ts'
import { compareText } from '../../planner/compare-text.ts'
import { diffEntries } from '../../planner/diff-entries.ts'
import { NO_ENTRIES, NO_ENTRIES_DIGEST } from '../../planner/observed.ts'
import { type EffectiveEntries, type Layer, layerEntries } from '../../planner/resolve-bundle.ts'
import type { DecodedBlobs } from './decoded-blobs.ts'
import { revisionAt } from './revision-at.ts'

const NOTHING: Pick<Content, 'sets' | 'pins'> = { sets: [], pins: {} }

export type EffectiveReads = Pick<Control, 'effective' | 'groupDiff'>

/** Reads of what a group's processes get, and of what differs between two of its revisions. */
export function createEffectiveReads(
  blobs: DecodedBlobs,
  groupOf: (name: string) => GroupContext,
): EffectiveReads {
  return {
    async effective(name, revision) {
      const group = groupOf(name)
      const content = revision === undefined ? group.committed : revisionAt(group, revision)
      if (content === null) return { group: name, revision: null, digest: null, entries: {}, from: {} }
      const [entries, layers] = await Promise.all([blobs.get(content.digest), layersOf(blobs, content)])
      const from = Object.fromEntries([...layerEntries(layers)].map(([key, { path }]) => [key, path]))
      return { group: name, revision: content.revision, digest: content.digest, entries, from }
    },
    async groupDiff(name, from, to) {
      const group = groupOf(name)
      // Revision 0 is the group before its first: a diff from there shows everything.
      const [before, after] = [from, to].map(one => (one === 0 ? NOTHING : revisionAt(group, one)))
      const [old, young] = await Promise.all([layersOf(blobs, before), layersOf(blobs, after)])
      const changes = diffEntries(layerEntries(old), layerEntries(young))
      const sets = diffSets(old, young)
      return {
        changed: changes.length > 0 || sets.length > 0,
        groups: changes.length === 0 ? [] : [{ group: name, changes }],
        sets,
      }
    },
  }
}

function diffSets(before: readonly Layer[], after: readonly Layer[]) {
  const paths = [...new Set([...before, ...after].map(({ path }) => path))].sort(compareText)
  return paths
    .map(path => ({ path, changes: diffEntries(layerAt(before, path), layerAt(after, path)) }))
    .filter(({ changes }) => changes.length > 0)
}

function layerAt(layers: readonly Layer[], path: string): EffectiveEntries {
  return layerEntries(layers.filter(layer => layer.path === path))
}

function layersOf(
  blobs: DecodedBlobs,
  { sets, pins }: Pick<Content, 'sets' | 'pins'> = NOTHING,
): Promise<readonly Layer[]> {
  return Promise.all(
    sets.map(async path => {
      const digest = pins[path]?.digest ?? NO_ENTRIES_DIGEST
      // A removed path is pinned at a version without entries; nobody stored a blob for nothing.
      return { path, entries: digest === NO_ENTRIES_DIGEST ? NO_ENTRIES : await blobs.get(digest) }
    }),
  )
}
