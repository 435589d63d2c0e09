import { LEXEMES_MAX, SYNTAX_DEPTH_MAX } from './manifest-bounds.ts'
import type { ReadValue } from './to-json.ts'

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c

/**
 * The value of a text that is one JSON object without any of the traps that `toJson` refuses; undefined for
 * everything else, which the YAML reader then reads or refuses with its place. JSON is YAML, but reading a
 * large bundle this way takes a tenth of the time.
 */
export function readJson(text: string): ReadValue | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  let value: ReadValue
  try {
    value = JSON.parse(text) as ReadValue
  } catch {
    return undefined
  }
  const walk = { nodes: 0, members: 0 }
  if (!isPlain(value, 0, walk)) return undefined
  // JSON.parse silently keeps the last of equal keys: then the text holds more members than the value.
  return countMembers(text) === walk.members ? value : undefined
}

function isPlain(value: ReadValue, depth: number, walk: { nodes: number; members: number }): boolean {
  if (++walk.nodes > LEXEMES_MAX || depth > SYNTAX_DEPTH_MAX) return false
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return isExact(value)
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(item => isPlain(item, depth + 1, walk))
  const keys = Object.keys(value)
  walk.members += keys.length
  return keys.every(key => key.isWellFormed() && isPlain(value[key] ?? null, depth + 1, walk))
}

function isExact(value: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false
  return Number.isSafeInteger(value) || !Number.isInteger(value)
}

/** The colons outside strings of a valid JSON text. */
function countMembers(text: string): number {
  let members = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON) members++
    else if (code === QUOTE) at = endOfString(text, at)
  }
  return members
}

/** Where the string that begins at `start` ends: at the first quote behind an even number of backslashes. */
function endOfString(text: string, start: number): number {
  let at = start
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) return text.length
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return at
  }
}
