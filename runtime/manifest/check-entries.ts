import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { isName } from '../../actors/vocabulary/names.ts'
import { type Step, pointerOf } from './json-pointer.ts'
import {
  BUNDLE_BYTES_MAX,
  ENTRIES_MAX,
  SECRET_REFERENCE_LENGTH_MAX,
  VALUE_DEPTH_MAX,
} from './manifest-bounds.ts'
import type { Entries } from './manifest-document.ts'
import type { Problem } from './problems.ts'
import { SEALED_KEY, SECRET_KEY } from './secret-reference.ts'
import { atLeastBytes } from './at-least-bytes.ts'

/**
 * What is wrong with the entries of one ConfigSet, wherever they came from (a manifest, a `PUT` of one key):
 * names of keys, depth of values, form of secret references, that everything has a canonical form, count and
 * size. Pointers begin at `at`. Empty when all is well.
 */
export function checkEntries(
  entries: Readonly<Record<string, unknown>>,
  at: readonly Step[] = [],
): Problem[] {
  const keys = Object.keys(entries)
  if (keys.length > ENTRIES_MAX) {
    return [
      { pointer: pointerOf(at), message: `expected at most ${ENTRIES_MAX} entries, found ${keys.length}` },
    ]
  }
  const problems: Problem[] = []
  for (const key of keys) {
    const steps = [...at, key]
    if (!isName(key)) {
      const message = 'expected a key of lower-case letters, digits, `-`, `.`, `_`, at most 128 characters'
      problems.push({ pointer: pointerOf(steps), message })
    }
    checkValue(entries[key], steps, 0, problems)
  }
  return problems.length > 0 ? problems : checkSize(entries as Entries, at)
}

/** What is wrong with one JSON value: depth, form of references, canonical form. Pointers begin at `at`. */
export function checkJson(value: unknown, at: readonly Step[]): Problem[] {
  const problems: Problem[] = []
  checkValue(value, [...at], 0, problems)
  return problems
}

function checkValue(value: unknown, steps: Step[], depth: number, problems: Problem[]): void {
  if (typeof value !== 'object' || value === null) return checkScalar(value, steps, problems)
  if (depth >= VALUE_DEPTH_MAX) {
    problems.push({
      pointer: pointerOf(steps),
      message: `expected at most ${VALUE_DEPTH_MAX} levels of nesting`,
    })
    return
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) within(index, item)
    return
  }
  if (Object.hasOwn(value, SECRET_KEY) || Object.hasOwn(value, SEALED_KEY))
    return checkReference(value, steps, problems)
  for (const [key, item] of Object.entries(value)) within(key, item)

  function within(step: Step, item: unknown): void {
    steps.push(step)
    checkValue(item, steps, depth + 1, problems)
    steps.pop()
  }
}

function checkScalar(value: unknown, steps: readonly Step[], problems: Problem[]): void {
  const fault = scalarFault(value)
  if (fault !== undefined)
    problems.push({ pointer: pointerOf(steps), message: `expected a JSON value, found ${fault}` })
}

function scalarFault(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : 'text with a lone surrogate'
    case 'number':
      if (Object.is(value, -0)) return '-0'
      if (!Number.isFinite(value)) return String(value)
      return Number.isInteger(value) && !Number.isSafeInteger(value)
        ? 'an integer beyond 2^53 - 1'
        : undefined
    case 'boolean':
      return undefined
    default:
      return value === null ? undefined : typeof value
  }
}

/**
 * A reference that is nearly right must not pass as a plain value: it would be shown and handed out as one.
 */
function checkReference(value: object, steps: readonly Step[], problems: Problem[]): void {
  if (Object.hasOwn(value, SEALED_KEY)) {
    problems.push({
      pointer: pointerOf([...steps, SEALED_KEY]),
      message: `${SEALED_KEY} is reserved for sealed values`,
    })
    return
  }
  if (Object.keys(value).length !== 1) {
    problems.push({
      pointer: pointerOf(steps),
      message: `expected ${SECRET_KEY} to stand alone in its object`,
    })
  }
  const reference: unknown = (value as { [SECRET_KEY]?: unknown })[SECRET_KEY]
  const fits =
    typeof reference === 'string' && reference !== '' && reference.length <= SECRET_REFERENCE_LENGTH_MAX
  if (!fits || !reference.isWellFormed()) {
    const message = `expected a reference as text of 1 to ${SECRET_REFERENCE_LENGTH_MAX} characters`
    problems.push({ pointer: pointerOf([...steps, SECRET_KEY]), message })
  }
}

function checkSize(entries: Entries, at: readonly Step[]): Problem[] {
  const tooLarge =
    atLeastBytes(entries) > BUNDLE_BYTES_MAX || encodeCanonical(entries).length > BUNDLE_BYTES_MAX
  if (!tooLarge) return []
  return [
    {
      pointer: pointerOf(at),
      message: `expected entries of at most ${BUNDLE_BYTES_MAX} bytes in canonical form`,
    },
  ]
}
