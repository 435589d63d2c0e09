import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { compareText } from './compare-text.ts'
import type { EffectiveEntries } from './resolve-bundle.ts'

/** One key that differs. `from` is the path whose value is effective afterwards; absent for a removed key. */
export interface EntryDiff {
  readonly key: string
  readonly op: 'added' | 'changed' | 'removed'
  readonly before?: CborValue
  readonly after?: CborValue
  readonly from?: string
}

/**
 * What changes from one set of effective entries to another, by key. A key whose value stays while another
 * path now provides it is no change: no process can see it. Secret references stay references; nothing
 * resolves them here.
 */
export function diffEntries(before: EffectiveEntries, after: EffectiveEntries): EntryDiff[] {
  const diffs: EntryDiff[] = []
  for (const [key, { value, path }] of after) {
    const old = before.get(key)
    if (old === undefined) diffs.push({ key, op: 'added', after: value, from: path })
    else if (!sameValue(old.value, value)) {
      diffs.push({ key, op: 'changed', before: old.value, after: value, from: path })
    }
  }
  for (const [key, { value }] of before) {
    if (!after.has(key)) diffs.push({ key, op: 'removed', before: value })
  }
  return diffs.sort((a, b) => compareText(a.key, b.key))
}

/** Whether two values have the same canonical form. */
export function sameValue(left: CborValue, right: CborValue): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (left instanceof Uint8Array || right instanceof Uint8Array) {
    return left instanceof Uint8Array && right instanceof Uint8Array && Buffer.compare(left, right) === 0
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false
  // For both arrays and maps: the same keys, and the same value at each.
  const a = left as Readonly<Record<string, CborValue>>
  const b = right as Readonly<Record<string, CborValue>>
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(key => Object.hasOwn(b, key) && sameValue(a[key] ?? null, b[key] ?? null))
}
