import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { isName } from '../../actors/vocabulary/names.ts'

type CborMap = { readonly [key: string]: CborValue }

/** Entries of one label or platform map. */
export const LINK_LABELS_MAX = 64

/**
 * Reads the fields of one map that a peer sent, each with its type and bound. Anything else throws
 * `KONOR_LINK_MALFORMED` with the path of the field in its details. Fields that nobody asks for are ignored.
 */
export class MessageFields {
  readonly #map: CborMap
  readonly #path: string

  constructor(value: CborValue, path: string) {
    this.#path = path
    if (!isMap(value)) throw this.#wrong('', 'a map')
    this.#map = value
  }

  integer(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#get(name)
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
      throw this.#wrong(name, `an integer from ${min} to ${max}`)
    return value as number
  }

  boolean(name: string): boolean {
    const value = this.#get(name)
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false')
    return value
  }

  text(name: string, lengthMax: number): string {
    const value = this.#get(name)
    if (typeof value !== 'string' || value.length > lengthMax)
      throw this.#wrong(name, `text of at most ${lengthMax} characters`)
    return value
  }

  name(name: string): string {
    const value = this.#get(name)
    if (typeof value !== 'string' || !isName(value)) throw this.#wrong(name, 'a name')
    return value
  }

  digest(name: string): Digest {
    const value = this.#get(name)
    if (typeof value !== 'string' || !isDigest(value)) throw this.#wrong(name, 'a digest')
    return value
  }

  bytes(name: string, sizeBytesMax: number): Uint8Array {
    const value = this.#get(name)
    if (!(value instanceof Uint8Array) || value.length > sizeBytesMax)
      throw this.#wrong(name, `at most ${sizeBytesMax} bytes`)
    return value
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#get(name)
    const found = allowed.find(text => text === value)
    if (found === undefined) throw this.#wrong(name, `one of ${allowed.join(', ')}`)
    return found
  }

  /** A map of short texts: labels, platform facts. */
  texts(name: string, lengthMax: number): Record<string, string> {
    const value = this.#get(name)
    const entries = isMap(value) ? Object.entries(value) : undefined
    if (entries === undefined || entries.length > LINK_LABELS_MAX)
      throw this.#wrong(name, `a map of at most ${LINK_LABELS_MAX} texts`)
    for (const [key, text] of entries)
      if (key.length > lengthMax || typeof text !== 'string' || text.length > lengthMax)
        throw this.#wrong(name, `texts of at most ${lengthMax} characters`)
    return Object.fromEntries(entries) as Record<string, string>
  }

  list<T>(name: string, countMax: number, read: (item: CborValue, path: string) => T): T[] {
    const value = this.#get(name)
    if (!Array.isArray(value) || value.length > countMax)
      throw this.#wrong(name, `a list of at most ${countMax}`)
    return (value as CborValue[]).map((item, index) => read(item, `${this.#path}/${name}/${index}`))
  }

  map<T>(name: string, read: (fields: MessageFields) => T): T {
    return read(new MessageFields(this.#get(name) ?? null, `${this.#path}/${name}`))
  }

  /** What `read` gives for the field, or null when the field holds null. */
  nullable<T>(name: string, read: (name: string) => T): T | null {
    return this.#get(name) === null ? null : read(name)
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined
  }

  #get(name: string): CborValue | undefined {
    return Object.hasOwn(this.#map, name) ? this.#map[name] : undefined
  }

  #wrong(name: string, expected: string): KonorError {
    const pointer = name === '' ? this.#path : `${this.#path}/${name}`
    return new KonorError(
      'KONOR_LINK_MALFORMED',
      `the peer's message is wrong at ${pointer || '/'}: expected ${expected}`,
      {
        details: { pointer, expected },
      },
    )
  }
}

function isMap(value: CborValue | undefined): value is CborMap {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  )
}
