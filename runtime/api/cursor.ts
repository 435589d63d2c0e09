import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { PageRequest } from '../engine/views.ts'
import type { Page } from '../engine/views.ts'
import { PAGE_ITEMS_DEFAULT } from './api-limits.ts'

export interface PageQuery {
  readonly limit?: number
  readonly cursor?: string
}

const CURSOR_LENGTH_MAX = 4096

/** The page that a query asks of the list `list`. A cursor of another list, or a forged one, is refused. */
export function pageRequest(list: string, query: PageQuery): PageRequest {
  const limit = query.limit ?? PAGE_ITEMS_DEFAULT
  return query.cursor === undefined ? { limit } : { limit, cursor: openCursor(list, query.cursor) }
}

/** The page with its inner cursor made opaque for `list`. */
export function sealPage<Item>(list: string, page: Page<Item>): Page<Item> {
  return { items: page.items, next: page.next === null ? null : sealCursor(list, page.next) }
}

/** An opaque cursor that is only good for the list it came from. */
export function sealCursor(list: string, inner: string): string {
  return Buffer.from(JSON.stringify([list, inner])).toString('base64url')
}

export function openCursor(list: string, cursor: string): string {
  if (cursor.length > CURSOR_LENGTH_MAX) throw invalidCursor()
  let opened: unknown
  try {
    opened = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch (cause) {
    throw invalidCursor(cause)
  }
  if (!Array.isArray(opened) || opened.length !== 2 || opened[0] !== list) throw invalidCursor()
  const inner: unknown = opened[1]
  if (typeof inner !== 'string') throw invalidCursor()
  return inner
}

function invalidCursor(cause?: unknown): KonorError {
  return new KonorError(
    'KONOR_API_INVALID_CURSOR',
    'the cursor is not one that this list gave out; start again without it',
    cause === undefined ? {} : { cause },
  )
}
