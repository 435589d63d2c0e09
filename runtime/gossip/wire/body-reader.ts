import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { ADDRESS_LENGTH_MAX } from '../core/message-bounds.ts'
import type { MemberId } from '../core/messages.ts'

const ID_BYTES = 16
const UINT32_MAX = 2 ** 32 - 1

/**
 * Takes the fields of an array in their order, each with its bounds. Throws `KONOR_GOSSIP_MALFORMED`, which names the
 * field. `end` refuses what was not asked for: a field that one side does not read must not mean anything to another.
 */
export class BodyReader {
  readonly #fields: readonly CborValue[]
  readonly #of: string
  #at = 0

  constructor(value: CborValue, of: string) {
    if (!Array.isArray(value)) throw malformed(of, 'an array')
    this.#fields = value as readonly CborValue[]
    this.#of = of
  }

  get done(): boolean {
    return this.#at >= this.#fields.length
  }

  end(): void {
    if (!this.done) throw malformed(this.#of, `${this.#at} fields`)
  }

  uint(name: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#next()
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max)
      throw this.#wrong(name, `an integer from 0 to ${max}`)
    return value
  }

  hash32(name: string): number {
    return this.uint(name, UINT32_MAX)
  }

  flag(name: string): boolean {
    const value = this.#next()
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false')
    return value
  }

  bytes(name: string, min: number, max: number): Uint8Array {
    const value = this.#next()
    if (!(value instanceof Uint8Array) || value.length < min || value.length > max)
      throw this.#wrong(name, `${min} to ${max} bytes`)
    return value
  }

  hex(name: string, min: number, max: number): string {
    return Buffer.from(this.bytes(name, min, max)).toString('hex')
  }

  id(name: string): MemberId {
    return this.hex(name, ID_BYTES, ID_BYTES)
  }

  text(name: string, lengthMax: number): string {
    const value = this.#next()
    if (typeof value !== 'string' || value.length === 0 || value.length > lengthMax)
      throw this.#wrong(name, `text of 1 to ${lengthMax} characters`)
    return value
  }

  address(name: string): string {
    return this.text(name, ADDRESS_LENGTH_MAX)
  }

  list<T>(name: string, countMax: number, read: (value: CborValue) => T): T[] {
    const value = this.#next()
    if (!Array.isArray(value) || value.length > countMax)
      throw this.#wrong(name, `a list of at most ${countMax}`)
    return (value as readonly CborValue[]).map(read)
  }

  /** What `read` takes, or undefined where the field is null. */
  optional<T>(read: () => T): T | undefined {
    if (this.#fields[this.#at] !== null) return read()
    this.#at++
    return undefined
  }

  /** A field to be read by a reader of its own. */
  value(): CborValue {
    return this.#next()
  }

  #next(): CborValue {
    const value = this.#fields[this.#at++]
    if (value === undefined) throw malformed(this.#of, 'more fields')
    return value
  }

  #wrong(name: string, wanted: string): KonorError {
    return malformed(`${this.#of}.${name}`, wanted)
  }
}

function malformed(where: string, wanted: string): KonorError {
  return new KonorError('KONOR_GOSSIP_MALFORMED', `gossip body: ${where} should be ${wanted}`)
}
