/** Texts up to this length are read letter by letter: a call of a decoder costs more than they do. */
const SHORT_TEXT_BYTES = 32

/**
 * The text that `length` bytes from `at` on are, all of which are there, when it is short and ASCII, as names and keys
 * are. Undefined: ask a decoder of UTF-8.
 */
export function shortAscii(bytes: Uint8Array, at: number, length: number): string | undefined {
  if (length > SHORT_TEXT_BYTES) return undefined
  let text = ''
  for (let index = at; index < at + length; index++) {
    const code = bytes[index] ?? 0
    if (code > 0x7f) return undefined
    text += String.fromCharCode(code)
  }
  return text
}
