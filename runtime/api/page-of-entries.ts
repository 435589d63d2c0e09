import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { Control } from '../engine/control.ts'
import type { Page, PathView } from '../engine/views.ts'
import { type PageQuery, pageRequest, sealCursor } from './cursor.ts'

export interface Entry {
  readonly key: string
  readonly value: CborValue
}

/**
 * One page of a path's keys, in order. The cursor holds the version, so that all pages come from one immutable
 * version, whatever is declared in between.
 */
export async function pageOfEntries(
  control: Control,
  path: string,
  query: PageQuery & { readonly version?: number },
): Promise<{ readonly view: PathView; readonly page: Page<Entry> }> {
  const list = `config${path}/`
  const { limit, cursor } = pageRequest(list, query)
  const [, versionText, after] = /^(\d+):(.*)$/s.exec(cursor ?? '') ?? []
  const version = versionText === undefined ? query.version : Number(versionText)
  const view = await control.path(path, version)
  const keys = Object.keys(view.entries).sort()
  const start = after === undefined ? 0 : keys.findIndex(key => key > after)
  const taken = start < 0 ? [] : keys.slice(start, start + limit)
  const last = taken.at(-1)
  const isEnd = last === undefined || last === keys.at(-1)
  const items = taken.map(key => ({ key, value: view.entries[key] ?? null }))
  return { view, page: { items, next: isEnd ? null : sealCursor(list, `${view.version}:${last}`) } }
}
