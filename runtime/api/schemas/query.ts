import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from '../api-limits.ts'
import type { Schema } from './schema.ts'

const consistency: Readonly<Record<string, Schema>> = {
  index: {
    type: 'string',
    pattern: '^[0-9]{1,15}-[0-9]{1,15}$',
    description: 'wait until this replica has folded this TIMELINE-SEQ',
  },
  fresh: { type: 'boolean', description: 'read behind a fenced barrier: linearizable' },
}

const paging: Readonly<Record<string, Schema>> = {
  limit: { type: 'integer', minimum: 1, maximum: PAGE_ITEMS_MAX, default: PAGE_ITEMS_DEFAULT },
  cursor: { type: 'string', minLength: 1, description: '`next` of the page before' },
}

/** The query of a route: what every route knows, and `own`. Unknown parameters are refused. */
export function query(own: Readonly<Record<string, Schema>> = {}): Schema {
  return { type: 'object', properties: { ...consistency, ...own }, additionalProperties: false }
}

/** The query of a list. */
export function pageQuery(own: Readonly<Record<string, Schema>> = {}): Schema {
  return query({ ...paging, ...own })
}
