import type { CborValue } from './cbor-value.ts'
import { digestOfBytes } from './digest.ts'
import { CBOR_DEPTH_MAX, encodeCanonical } from './encode-canonical.ts'

/** Values whose bytes and digests must never change: each stands for one rule of the canonical form. */
const VECTORS: readonly (readonly [rule: string, value: CborValue])[] = [
  ['null', null],
  ['false', false],
  ['true', true],
  ['the smallest integer head', 0],
  ['the largest integer within the head', 23],
  ['one byte follows', 24],
  ['two bytes follow', 1_000],
  ['four bytes follow', 1_000_000],
  ['eight bytes follow', 1_000_000_000_000],
  ['the largest integer', Number.MAX_SAFE_INTEGER],
  ['a negative integer n is written as -1 - n', -1],
  ['the smallest integer', Number.MIN_SAFE_INTEGER],
  ['a float that a half holds', 1.5],
  ['the smallest half', 2 ** -24],
  ['a float that needs a single', 100_000.5],
  ['a float that needs a double', 1.1],
  ['a small double', 5e-324],
  ['empty text', ''],
  ['text is UTF-8', 'aé水\u{1f600}'],
  ['text is not normalised', 'e\u0301'],
  ['bytes', Uint8Array.of(1, 2, 3, 4)],
  ['an array', [1, [2, 3], []]],
  ['an empty map', {}],
  ['shorter keys first, then bytewise', { aa: 1, b: 2, a: 3, '': 4 }],
  ['keys by encoded length, not by characters', { é: 1, zz: 2, z: 3 }],
  ['every name may be a key', JSON.parse('{"__proto__": 1, "constructor": 2}') as CborValue],
  ['a secret reference is a plain map', { 'api-key': { $secret: 'vault://kv/stripe#webhook' } }],
  ['a bundle', { 'rate-limit': 1000, regions: ['eu', 'us'], strict: true, timeout: 2.5 }],
]

/**
 * The reference page of the canonical form, with its golden vectors. The page is committed; a test compares,
 * so that a change of any byte or digest is seen before a journal is.
 */
export function canonicalFormReference(): string {
  const rows = VECTORS.map(([rule, value]) => {
    const bytes = encodeCanonical(value)
    const hex = Buffer.from(bytes).toString('hex')
    return `| ${rule} | \`${show(value)}\` | \`${hex}\` | \`${digestOfBytes(bytes).slice(0, 16)}…\` |`
  })
  return `${INTRODUCTION}\n${rows.join('\n')}\n`
}

function show(value: CborValue): string {
  if (value instanceof Uint8Array) return `h'${Buffer.from(value).toString('hex')}'`
  if (typeof value !== 'string') return JSON.stringify(value)
  // Escaped, so that an editor that normalises text cannot change what the row says.
  const escaped = [...JSON.stringify(value)].map(character => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x7f ? character : `\\u{${code.toString(16)}}`
  })
  return escaped.join('')
}

const INTRODUCTION = `# The canonical form

<!-- Generated from actors/vocabulary/canonical/canonical-form-reference.ts; a test compares it. -->

Everything that is hashed, stored by digest or compared byte for byte is written in one form: deterministic CBOR as in
RFC 8949, section 4.2.1, over JSON values and byte strings. One value has one encoding; a digest is SHA-256 over it.

- Integers have the shortest head. A float has the shortest of half, single and double that holds it exactly. A number
  without a fraction is an integer: \`1.0\` and \`1\` are one value.
- Lengths are definite. Map keys are text, each once, in the bytewise order of their encodings: shorter keys first.
- Text is valid UTF-8 and is not normalised. There are no tags, no \`undefined\` and no other simple values.
- Refused, because they have no single form or no exact one: \`-0\`, NaN, infinities, numbers without a fraction beyond
  2^53 - 1 on either side, lone surrogates, duplicate keys, arrays and maps nested deeper than ${CBOR_DEPTH_MAX}.
- A reader of the canonical form refuses every other encoding of the same value.

Golden vectors: the value as JSON (bytes as \`h'…'\`), its encoding, and how its digest begins.

| rule | value | encoding | SHA-256 |
|---|---|---|---|`
