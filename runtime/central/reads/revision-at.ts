import type { GroupContext, GroupRevision } from '../../../actors/group/context.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { notFound } from './not-found.ts'

/**
 * A revision of a group by its number. `KONOR_ENGINE_NOT_FOUND` for a number that was never used,
 * `KONOR_ENGINE_COMPACTED` for one that is no longer listed.
 */
export function revisionAt(group: GroupContext, revision: number): GroupRevision {
  const { committed, previous, candidate, revisions } = group
  // What is in use may be older than the list reaches.
  const found = [committed, previous, candidate, ...revisions].find(one => one?.revision === revision)
  if (found !== undefined && found !== null) return found
  const oldest = revisions.at(-1)?.revision
  if (revision < 1 || oldest === undefined || revision > oldest) {
    throw notFound('revision', `${revision} of group ${group.name}`)
  }
  throw new KonorError(
    'KONOR_ENGINE_COMPACTED',
    `revision ${revision} of group ${group.name} is no longer kept; the oldest one that is, is ${oldest}`,
    { details: { group: group.name, revision, oldest } },
  )
}
