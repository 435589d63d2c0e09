import type { ConfigSetContext } from '../../../actors/configset/chart.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import { configSetAddress } from '../../../actors/vocabulary/address.ts'
import type { HeldView } from '../../engine/views.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'

/**
 * The declared sets of a group whose committed pin is behind the head, by path. Computed when read, so that
 * it can never contradict the heads. What the candidate brings is on its way and not held; before its first
 * commit a group holds nothing back.
 */
export function heldSets(view: StateView, { sets, committed, candidate }: GroupContext): readonly HeldView[] {
  if (committed === null) return []
  return sets
    .flatMap(path => {
      const head = contextAt<ConfigSetContext>(view, configSetAddress(path))?.head.version
      const pinned = committed.pins[path]?.version ?? null
      if (head === undefined || pinned === head || candidate?.pins[path]?.version === head) return []
      return [{ path, pinned, head }]
    })
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}
