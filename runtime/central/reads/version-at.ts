import type { ConfigSetContext, VersionEntry } from '../../../actors/configset/chart.ts'
import { configSetAddress } from '../../../actors/vocabulary/address.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'
import { notFound } from './not-found.ts'

export function configSetAt(view: StateView, path: string): ConfigSetContext {
  const set = contextAt<ConfigSetContext>(view, configSetAddress(path))
  if (set === undefined) throw notFound('configset', path)
  return set
}

/**
 * The declared head of a path, or one of its versions. `KONOR_ENGINE_NOT_FOUND` for what never was, or is a
 * tombstone; `KONOR_ENGINE_COMPACTED` for a version that is no longer kept.
 */
export function versionAt(set: ConfigSetContext, version = set.head.version): VersionEntry {
  const { path, head, versions } = set
  if (version < 1 || version > head.version) {
    throw notFound('version', `${version} of ${path}`, `its head is version ${head.version}`)
  }
  const found = versions.find(one => one.version === version)
  if (found === undefined) {
    const oldest = versions.at(-1)?.version ?? head.version
    throw new KonorError(
      'KONOR_ENGINE_COMPACTED',
      `version ${version} of ${path} is no longer kept; the oldest one that is, is ${oldest}`,
      { details: { path, version, oldest } },
    )
  }
  if (found.deleted) throw notFound('configset', path, `it was deleted at version ${version}`)
  return found
}
