import { KonorError } from '../errors/konor-error.ts'
import type { CborValue } from './cbor-value.ts'
import { CBOR_DEPTH_MAX, isEncodingOf } from './encode-canonical.ts'
import { shortAscii } from './short-ascii.ts'

/**
 * Decodes one well-formed CBOR item (RFC 8949) that fills `bytes` exactly: definite or indefinite lengths,
 * any integer or float width, text keys only, no tags. Memory is bounded by the input's length: no count is
 * believed before that many bytes are there. Throws `KONOR_CBOR_MALFORMED` for anything else; duplicate keys
 * are refused.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new Reader(bytes)
  const value = reader.item(0)
  reader.end()
  return value
}

/** As `decodeCbor`, and refuses bytes that are not the canonical encoding of their own value. */
export function decodeCanonical(bytes: Uint8Array): CborValue {
  const value = decodeCbor(bytes)
  if (!isEncodingOf(value, bytes)) throw malformed('not in canonical form')
  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const INDEFINITE = -1
const BREAK = Symbol('break')

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    // A plain view: the `slice` of a Buffer copies nothing, and what is decoded must not change with its
    // input.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('bytes after the item')
  }

  item(depth: number): CborValue {
    const value = this.#itemOrBreak(depth)
    if (value === BREAK) throw malformed('a break outside an indefinite item')
    return value
  }

  #itemOrBreak(depth: number): CborValue | typeof BREAK {
    const initial = this.#take(1)
    const major = initial >> 5
    // The same bound as the encoder's: what is decoded can be encoded again.
    const opens = major === 4 || major === 5
    if (opens && depth >= CBOR_DEPTH_MAX) throw malformed(`nesting deeper than ${CBOR_DEPTH_MAX}`)
    const info = initial & 0x1f
    if (major === 7) return this.#simple(info)
    const argument = this.#argument(info)
    switch (major) {
      case 0:
        return safe(definite(argument))
      case 1:
        return safe(-1 - definite(argument))
      case 2:
        return this.#byteString(argument)
      case 3:
        return this.#text(argument)
      case 4:
        return this.#array(argument, depth)
      case 5:
        return this.#map(argument, depth)
      default:
        throw malformed('a tag')
    }
  }

  #array(count: number, depth: number): CborValue[] {
    // Every item takes a byte at least: a count beyond what is left is a lie, found before any memory is
    // taken.
    if (count > this.#bytes.length - this.#at) throw malformed('an array longer than its bytes')
    const items: CborValue[] = []
    for (let index = 0; count === INDEFINITE || index < count; index++) {
      const item = this.#itemOrBreak(depth + 1)
      if (item === BREAK) {
        if (count === INDEFINITE) break
        throw malformed('a break inside a definite array')
      }
      items.push(item)
    }
    return items
  }

  #map(count: number, depth: number): { readonly [key: string]: CborValue } {
    if (count * 2 > this.#bytes.length - this.#at) throw malformed('a map longer than its bytes')
    const map: Record<string, CborValue> = {}
    for (let index = 0; count === INDEFINITE || index < count; index++) {
      const key = this.#itemOrBreak(depth + 1)
      if (key === BREAK && count === INDEFINITE) break
      if (typeof key !== 'string') throw malformed('a map key that is not text')
      if (Object.hasOwn(map, key)) throw malformed('a duplicate key')
      const value = this.item(depth + 1)
      // A plain assignment to this one name would set the prototype and lose the entry.
      if (key === '__proto__')
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
      else map[key] = value
    }
    return map
  }

  #text(length: number): string {
    if (length !== INDEFINITE) {
      const at = this.#skip(length)
      return shortAscii(this.#bytes, at, length) ?? this.#decodeText(this.#bytes.subarray(at, at + length))
    }
    let text = ''
    for (let chunk = this.#chunk(3); chunk !== undefined; chunk = this.#chunk(3))
      text += this.#decodeText(chunk)
    return text
  }

  #decodeText(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes)
    } catch (cause) {
      throw new KonorError('KONOR_CBOR_MALFORMED', 'malformed CBOR: text that is not UTF-8', { cause })
    }
  }

  #byteString(length: number): Uint8Array {
    if (length !== INDEFINITE) return this.#slice(length).slice()
    const chunks: Uint8Array[] = []
    for (let chunk = this.#chunk(2); chunk !== undefined; chunk = this.#chunk(2)) chunks.push(chunk)
    return Uint8Array.from(Buffer.concat(chunks))
  }

  /** The next definite chunk of an indefinite string, or undefined at its break. */
  #chunk(major: number): Uint8Array | undefined {
    const initial = this.#take(1)
    if (initial === 0xff) return undefined
    if (initial >> 5 !== major) throw malformed('a foreign chunk in an indefinite string')
    return this.#slice(definite(this.#argument(initial & 0x1f)))
  }

  #simple(info: number): CborValue | typeof BREAK {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
        return null
      case 25:
        return finite(halfToNumber(this.#take(2)))
      case 26:
        return finite(this.#view.getFloat32(this.#skip(4)))
      case 27:
        return finite(this.#view.getFloat64(this.#skip(8)))
      case 31:
        return BREAK
      default:
        throw malformed('a simple value that is not false, true or null')
    }
  }

  #argument(info: number): number {
    if (info < 24) return info
    if (info === 24) return this.#take(1)
    if (info === 25) return this.#take(2)
    if (info === 26) return this.#take(4)
    if (info === 27) {
      const high = this.#take(4)
      return high * 0x100000000 + this.#take(4)
    }
    if (info === 31) return INDEFINITE
    throw malformed('a reserved length')
  }

  #take(sizeBytes: 1 | 2 | 4): number {
    const at = this.#skip(sizeBytes)
    if (sizeBytes === 1) return this.#view.getUint8(at)
    return sizeBytes === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  #slice(length: number): Uint8Array {
    const at = this.#skip(length)
    return this.#bytes.subarray(at, at + length)
  }

  #skip(sizeBytes: number): number {
    const at = this.#at
    if (sizeBytes > this.#bytes.length - at) throw malformed('an item cut short')
    this.#at = at + sizeBytes
    return at
  }
}

function definite(argument: number): number {
  if (argument === INDEFINITE) throw malformed('an indefinite length where none may be')
  return argument
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw malformed('an integer beyond 2^53 - 1')
  return value
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw malformed('NaN or an infinity')
  if (Object.is(value, -0)) throw malformed('-0')
  // An integral float and the integer are one value for us; beyond the safe range it has no canonical form.
  return Number.isInteger(value) ? safe(value) : value
}

function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function malformed(what: string): KonorError {
  return new KonorError('KONOR_CBOR_MALFORMED', `malformed CBOR: ${what}`)
}
