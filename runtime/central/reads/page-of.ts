import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { PageRequest } from '../../engine/views.ts'
import type { Page } from '../../engine/views.ts'

/** Longest text of a cursor. */
export const CURSOR_CHARS_MAX = 2_048

export interface PageSource<Item, View> {
  /** All items, sorted by their keys: rising, unless `newestFirst`. */
  readonly items: readonly Item[]
  /** Unique per item and lasting: what a cursor remembers. */
  keyOf(item: Item): string
  view(item: Item): View
  /** Items are sorted by falling keys. */
  readonly newestFirst?: boolean
}

/**
 * One page of a sorted list. The cursor is the key of the last item given, so what is added or removed
 * meanwhile moves nothing: every item that is there all the time is given exactly once. Only the page's own
 * items are rendered.
 */
export function pageOf<Item, View>(
  source: PageSource<Item, View>,
  { limit, cursor }: PageRequest,
): Page<View> {
  const from = cursor === undefined ? 0 : firstAfter(source, keyIn(cursor))
  const shown = source.items.slice(from, from + limit)
  const last = shown.at(-1)
  const more = from + limit < source.items.length
  return {
    items: shown.map(item => source.view(item)),
    next: more && last !== undefined ? cursorOf(source.keyOf(last)) : null,
  }
}

function firstAfter<Item>({ items, keyOf, newestFirst }: PageSource<Item, unknown>, key: string): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    const found = item === undefined ? key : keyOf(item)
    if (newestFirst === true ? found >= key : found <= key) low = middle + 1
    else high = middle
  }
  return low
}

function cursorOf(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url')
}

function keyIn(cursor: string): string {
  const key = Buffer.from(cursor.slice(0, CURSOR_CHARS_MAX), 'base64url').toString('utf8')
  if (cursorOf(key) === cursor) return key
  throw new KonorError('KONOR_ENGINE_INVALID', 'the cursor is not one that a list gave: begin without one')
}

/** A number as a key that sorts as text the way the numbers do. */
export function numberKey(value: number): string {
  return String(value).padStart(16, '0')
}
