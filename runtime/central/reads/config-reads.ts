import type { ConfigSetContext, VersionEntry } from '../../../actors/configset/chart.ts'
import { configSetAddress } from '../../../actors/vocabulary/address.ts'
import type { Control } from '../../engine/control.ts'
import type { PageRequest } from '../../engine/views.ts'
import type { Leader } from '../../engine/leader.ts'
import type { HistoryView, KeyView, Page, PathView } from '../../engine/views.ts'
import { type ActorRecord, contextOf } from '../../kernel/actor-record.ts'
import type { DecodedBlobs } from './decoded-blobs.ts'
import { isoTime } from './iso-time.ts'
import { notFound } from './not-found.ts'
import { numberKey, pageOf } from './page-of.ts'
import { configSetAt, versionAt } from './version-at.ts'

export type ConfigReads = Pick<Control, 'key' | 'path' | 'paths' | 'history'>

/** Reads of what is declared: heads, versions and their entries. */
export function createConfigReads(leader: Leader, blobs: DecodedBlobs): ConfigReads {
  return {
    async key(path, key, version) {
      const set = configSetAt(leader.view, path)
      const entry = versionAt(set, version)
      // Both are asked for before anything is awaited: a later version may push this one out meanwhile.
      const [entries, versions] = await Promise.all([blobs.get(entry.digest), blobs.get(entry.versions)])
      const value = Object.hasOwn(entries, key) ? entries[key] : undefined
      if (value === undefined) throw notFound('key', `${key} in ${path}`, `at version ${entry.version}`)
      const changedAt = Object.hasOwn(versions, key) ? Number(versions[key]) : entry.version
      return { path, key, value, version: changedAt, ...changeOf(set, changedAt) }
    },
    async path(path, version) {
      const set = configSetAt(leader.view, path)
      const entry = versionAt(set, version)
      const entries = await blobs.get(entry.digest)
      return pathView(set, entry, entries)
    },
    paths: (prefix, page) => pathsBelow(leader, prefix, page),
    history: (path, page) => historyOf(configSetAt(leader.view, path), page),
  }
}

function pathView(set: ConfigSetContext, entry: VersionEntry, entries: PathView['entries']): PathView {
  const { path, labels } = set
  return { path, version: entry.version, labels, entries, updatedAt: isoTime(entry.atMs), by: entry.by }
}

/**
 * When a key got its value, and by whom. When that version is older than the ones that are kept, the oldest
 * kept one bounds the time, and the name is in the audit only.
 */
function changeOf({ versions, head }: ConfigSetContext, version: number): Pick<KeyView, 'updatedAt' | 'by'> {
  const found = versions.find(one => one.version === version)
  if (found !== undefined) return { updatedAt: isoTime(found.atMs), by: found.by }
  return { updatedAt: isoTime((versions.at(-1) ?? head).atMs), by: 'unknown' }
}

function pathsBelow(leader: Leader, prefix: string, page: PageRequest): ReturnType<Control['paths']> {
  const { view } = leader
  const base = prefix.replace(/\/+$/, '')
  const records = base === '' ? view.list('configset') : [...itself(leader, base), ...below(leader, base)]
  const declared = records
    .map(record => contextOf<ConfigSetContext>(record))
    .filter(({ head }) => !head.deleted)
  return pageOf(
    {
      items: declared,
      keyOf: ({ path }) => path,
      view: ({ path, head }) => ({ path, version: head.version, keys: head.keys }),
    },
    page,
  )
}

function itself({ view }: Leader, path: string): readonly ActorRecord[] {
  const record = view.get(configSetAddress(path))
  return record === undefined ? [] : [record]
}

function below({ view }: Leader, path: string): readonly ActorRecord[] {
  return view.listBelow(`${configSetAddress(path)}/`)
}

/** Newest first, tombstones included. */
function historyOf({ path, versions }: ConfigSetContext, page: PageRequest): Page<HistoryView> {
  return pageOf(
    {
      items: versions,
      newestFirst: true,
      keyOf: ({ version }) => numberKey(version),
      view: ({ version, digest, keys, sizeBytes, deleted, atMs, by, job }) => ({
        path,
        version,
        digest,
        keys,
        sizeBytes,
        deleted,
        at: isoTime(atMs),
        by,
        job,
      }),
    },
    page,
  )
}
