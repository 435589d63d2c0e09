/** What a CBOR item reads as; byte strings stay views of what was read. */
export type CborItem =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborItem[]
  | { readonly [key: string]: CborItem }

/**
 * Reads one CBOR item (RFC 8949), as a stranger to the product would: the checkers judge what was said by its
 * bytes, and trust no decoder of those who said it. Numbers above 2^53 lose their last digits; nothing here
 * compares them.
 */
export function readCbor(bytes: Uint8Array): CborItem {
  const reader = new Reader(bytes)
  const item = reader.item()
  if (reader.at !== bytes.length) throw new RangeError(`${bytes.length - reader.at} bytes follow the item`)
  return item
}

const utf8 = new TextDecoder()
const SHORT_TEXT_BYTES = 32

let lastKind: { readonly bytes: Uint8Array; readonly kind: string | undefined } | undefined

/** The name of a message on a link. Several listen to each, one after the other: it is read once for all of them. */
export function kindOf(bytes: Uint8Array): string | undefined {
  if (lastKind?.bytes !== bytes) lastKind = { bytes, kind: readFirst(bytes, 't') }
  return lastKind.kind
}

/** The text at `key` of an encoded map, if `key` comes first in it; undefined otherwise. The rest is not read. */
function readFirst(bytes: Uint8Array, key: string): string | undefined {
  const reader = new Reader(bytes)
  if (reader.head() === 0 || reader.item() !== key) return undefined
  const value = reader.item()
  return typeof value === 'string' ? value : undefined
}

class Reader {
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get #view(): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
  }

  /** Entries of the map that begins here. */
  head(): number {
    return this.#count(this.#byte() & 0x1f)
  }

  item(): CborItem {
    const first = this.#byte()
    const major = first >> 5
    const info = first & 0x1f
    if (major === 7) return this.#simple(info)
    const count = this.#count(info)
    switch (major) {
      case 0:
        return count
      case 1:
        return -1 - count
      case 2:
        return this.#take(count)
      case 3:
        return this.#text(count)
      case 4:
        return this.#array(count)
      case 5:
        return this.#map(count)
      default:
        return this.item()
    }
  }

  /** Names are short and ASCII: letter by letter is faster than a view and a call of the decoder. */
  #text(count: number): string {
    if (count > SHORT_TEXT_BYTES) return utf8.decode(this.#take(count))
    let text = ''
    for (let index = 0; index < count; index++) {
      const byte = this.#bytes[this.at + index] ?? cutOff()
      if (byte > 0x7f) return utf8.decode(this.#take(count))
      text += String.fromCharCode(byte)
    }
    this.at += count
    return text
  }

  #array(count: number): CborItem {
    const items: CborItem[] = []
    for (let index = 0; index < count; index++) items.push(this.item())
    return items
  }

  #map(count: number): CborItem {
    const map: Record<string, CborItem> = {}
    for (let index = 0; index < count; index++) map[String(this.item())] = this.item()
    return map
  }

  #simple(info: number): CborItem {
    const at = this.at
    switch (info) {
      case 20:
      case 21:
        return info === 21
      case 22:
        return null
      case 25:
        this.at += 2
        return halfFloat(this.#view.getUint16(at))
      case 26:
        this.at += 4
        return this.#view.getFloat32(at)
      case 27:
        this.at += 8
        return this.#view.getFloat64(at)
      default:
        throw new RangeError(`simple value ${info} means nothing here`)
    }
  }

  #count(info: number): number {
    if (info < 24) return info
    const at = this.at
    this.at += 1 << (info - 24)
    switch (info) {
      case 24:
        return this.#bytes[at] ?? 0
      case 25:
        return this.#view.getUint16(at)
      case 26:
        return this.#view.getUint32(at)
      case 27:
        return Number(this.#view.getBigUint64(at))
      default:
        throw new RangeError('an item of no definite length')
    }
  }

  #byte(): number {
    return this.#bytes[this.at++] ?? cutOff()
  }

  #take(count: number): Uint8Array {
    if (this.at + count > this.#bytes.length) cutOff()
    return this.#bytes.subarray(this.at, (this.at += count))
  }
}

function cutOff(): never {
  throw new RangeError('the item is cut off')
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
