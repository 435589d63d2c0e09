import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { SECRET_KEY, isSecretReference } from '../manifest/secret-reference.ts'
import { compareText } from './compare-text.ts'
import type { EntryDiff } from './diff-entries.ts'

/** Longest text of one value in a diff: a person compares lines, not files. */
export const SHOWN_LENGTH_MAX = 120

/** A diff as lines for a person: `+ key: value  (path)`, `~ key: old → new  (path)`, `- key: old`. */
export function renderDiff(diffs: readonly EntryDiff[]): string[] {
  return diffs.map(diff => {
    const origin = diff.from === undefined ? '' : `  (${diff.from})`
    switch (diff.op) {
      case 'added':
        return `+ ${diff.key}: ${showValue(diff.after ?? null)}${origin}`
      case 'changed':
        return `~ ${diff.key}: ${showValue(diff.before ?? null)} → ${showValue(diff.after ?? null)}${origin}`
      case 'removed':
        return `- ${diff.key}: ${showValue(diff.before ?? null)}`
    }
  })
}

/** A value on one line, shortened; a secret reference by its name alone. */
export function showValue(value: CborValue): string {
  const text = show(value)
  if (text.length <= SHOWN_LENGTH_MAX) return text
  return `${text.slice(0, SHOWN_LENGTH_MAX).toWellFormed()}… (${text.length} characters)`
}

function show(value: CborValue): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (isSecretReference(value)) return `secret ${value[SECRET_KEY]}`
  if (Array.isArray(value)) return `[${(value as readonly CborValue[]).map(show).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value as Readonly<Record<string, CborValue>>).sort(([a], [b]) =>
    compareText(a, b),
  )
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}: ${show(item)}`).join(', ')}}`
}
