import { KonorError } from '../errors/konor-error.ts'
import type { CborValue } from './cbor-value.ts'

/** Deepest nesting of arrays and maps that is encoded or decoded. */
export const CBOR_DEPTH_MAX = 64

const utf8 = new TextEncoder()
/** What the one writer starts with, and the most that it keeps between two values. */
const INITIAL_BYTES = 64 * 1024
/** Longest text that is tried as ASCII first: names, addresses and digests in hexadecimal. At most 255. */
const SHORT_TEXT_LENGTH = 80

/**
 * A value as deterministic CBOR (RFC 8949 section 4.2.1): shortest integers and floats, definite lengths, map
 * keys in the bytewise order of their encodings. Refuses (`KONOR_CBOR_UNSUPPORTED`) what has no single form:
 * NaN, infinities, -0, integers beyond 2^53 - 1, `undefined`, functions, text with a lone surrogate, nesting
 * beyond 64.
 */
export function encodeCanonical(value: CborValue): Uint8Array {
  try {
    writer.value(value, 0)
    return writer.take()
  } finally {
    writer.reset()
  }
}

/** Whether `bytes` are just what `encodeCanonical` gives for the value; throws what that throws. */
export function isEncodingOf(value: CborValue, bytes: Uint8Array): boolean {
  try {
    writer.value(value, 0)
    return writer.holds(bytes)
  } finally {
    writer.reset()
  }
}

class Writer {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  holds(bytes: Uint8Array): boolean {
    return this.#length === bytes.length && Buffer.compare(this.#bytes.subarray(0, this.#length), bytes) === 0
  }

  reset(): void {
    this.#length = 0
    if (this.#bytes.length <= INITIAL_BYTES) return
    this.#bytes = new Uint8Array(INITIAL_BYTES)
    this.#view = new DataView(this.#bytes.buffer)
  }

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        return this.#byte(value ? 0xf5 : 0xf4)
      case 'object':
        if (value === null) return this.#byte(0xf6)
        if (value instanceof Uint8Array) return this.#byteString(value)
        if (depth >= CBOR_DEPTH_MAX) throw unsupported(`nesting deeper than ${CBOR_DEPTH_MAX}`)
        if (Array.isArray(value)) return this.#array(value, depth)
        return this.#map(value as Record<string, unknown>, depth)
      default:
        throw unsupported(typeof value)
    }
  }

  #array(items: readonly unknown[], depth: number): void {
    this.#head(0x80, items.length)
    for (const item of items) this.value(item, depth + 1)
  }

  #map(map: Record<string, unknown>, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(map)
    if (prototype !== Object.prototype && prototype !== null) throw unsupported('an object with a class')
    const keys = Object.keys(map)
    if (keys.length > 1) sortKeys(keys)
    this.#head(0xa0, keys.length)
    for (const key of keys) {
      this.#text(key)
      this.value(map[key], depth + 1)
    }
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (Object.is(value, -0)) throw unsupported('-0')
      if (value >= 0) this.#head(0x00, value)
      else this.#head(0x20, -1 - value)
      return
    }
    if (!Number.isFinite(value)) throw unsupported(String(value))
    if (Number.isInteger(value)) throw unsupported(`the integer ${value}, beyond 2^53 - 1`)
    this.#float(value)
  }

  #float(value: number): void {
    this.#reserve(9)
    if (Math.fround(value) !== value) {
      this.#bytes[this.#length] = 0xfb
      this.#view.setFloat64(this.#length + 1, value)
      this.#length += 9
      return
    }
    const half = halfBitsOf(value)
    if (half !== undefined) {
      this.#bytes[this.#length] = 0xf9
      this.#view.setUint16(this.#length + 1, half)
      this.#length += 3
      return
    }
    this.#bytes[this.#length] = 0xfa
    this.#view.setFloat32(this.#length + 1, value)
    this.#length += 5
  }

  #text(text: string): void {
    const length = text.length
    if (length <= SHORT_TEXT_LENGTH && this.#shortAscii(text, length)) return
    if (!text.isWellFormed()) throw unsupported('text with a lone surrogate')
    const bytes = utf8.encode(text)
    this.#head(0x60, bytes.length)
    this.#raw(bytes)
  }

  /** The common case, without a second buffer; false, and nothing written, when there is more than ASCII in it. */
  #shortAscii(text: string, length: number): boolean {
    this.#reserve(length + 2)
    const bytes = this.#bytes
    let at = this.#length
    if (length < 24) bytes[at++] = 0x60 | length
    else {
      bytes[at++] = 0x78
      bytes[at++] = length
    }
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[at++] = code
    }
    this.#length = at
    return true
  }

  #byteString(bytes: Uint8Array): void {
    this.#head(0x40, bytes.length)
    this.#raw(bytes)
  }

  #head(major: number, argument: number): void {
    this.#reserve(9)
    const at = this.#length
    if (argument < 24) {
      this.#bytes[at] = major | argument
      this.#length = at + 1
    } else if (argument < 0x100) {
      this.#bytes[at] = major | 24
      this.#bytes[at + 1] = argument
      this.#length = at + 2
    } else if (argument < 0x10000) {
      this.#bytes[at] = major | 25
      this.#view.setUint16(at + 1, argument)
      this.#length = at + 3
    } else if (argument < 0x100000000) {
      this.#bytes[at] = major | 26
      this.#view.setUint32(at + 1, argument)
      this.#length = at + 5
    } else {
      this.#bytes[at] = major | 27
      this.#view.setUint32(at + 1, Math.floor(argument / 0x100000000))
      this.#view.setUint32(at + 5, argument % 0x100000000)
      this.#length = at + 9
    }
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(sizeBytes: number): void {
    const wanted = this.#length + sizeBytes
    if (wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Encoding is synchronous and calls nobody, so one writer, with its buffer, serves every value in turn. */
const writer = new Writer()

/**
 * Puts text keys into the bytewise order of their encodings: the shorter encoding first (its head byte or length
 * argument is lower), then UTF-8 order. ASCII keys, nearly all, are compared without encoding them.
 */
function sortKeys(keys: string[]): void {
  const compare = keys.every(isAscii) ? compareAscii : compareEncodedText
  if (isInOrder(keys, compare)) return
  keys.sort(compare)
}

function isInOrder(keys: readonly string[], compare: (a: string, b: string) => number): boolean {
  for (let index = 1; index < keys.length; index++)
    if (compare(keys[index - 1] ?? '', keys[index] ?? '') > 0) return false
  return true
}

function compareAscii(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

function compareEncodedText(a: string, b: string): number {
  const left = utf8.encode(a)
  const right = utf8.encode(b)
  if (left.length !== right.length) return left.length - right.length
  return Buffer.compare(left, right)
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

/** The IEEE 754 half that equals `value` exactly, if there is one. `value` is a finite non-integer single. */
function halfBitsOf(value: number): number | undefined {
  const sign = value < 0 ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 2 ** -14) {
    const exponent = Math.floor(Math.log2(magnitude))
    if (exponent > 15) return undefined
    const fraction = (magnitude / 2 ** exponent - 1) * 1024
    return Number.isInteger(fraction) ? sign | ((exponent + 15) << 10) | fraction : undefined
  }
  const subnormal = magnitude * 2 ** 24
  return Number.isInteger(subnormal) && subnormal > 0 ? sign | subnormal : undefined
}

function unsupported(what: string): KonorError {
  return new KonorError('KONOR_CBOR_UNSUPPORTED', `canonical CBOR cannot hold ${what}`)
}
