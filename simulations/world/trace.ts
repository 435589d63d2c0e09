/** Events between two marks: where two runs part is found to that many. */
const EVENTS_PER_MARK = 1_024

/**
 * One number for all that happened in a run, in its order: two runs of one seed must agree on it. It is made to be
 * cheap (two 32-bit lanes of multiply and xor, after FNV-1a), not to resist anybody.
 */
export class Trace {
  #high = 0x811c9dc5
  #low = 0x9e3779b9
  #events = 0
  readonly #marks: string[] = []
  readonly #float = new Float64Array(1)
  readonly #words = new Uint32Array(this.#float.buffer)

  /** How many events were noted. */
  get events(): number {
    return this.#events
  }

  /** 16 hexadecimal digits over everything so far. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low)
  }

  /** The hash after each 1,024 events. */
  get marks(): readonly string[] {
    return this.#marks
  }

  /** One event: when, what, whose, and what it carried. */
  note(atMs: number, what: string, who: string, carried?: Uint8Array): void {
    this.#float[0] = atMs
    this.#mix(this.#words[0] ?? 0)
    this.#mix(this.#words[1] ?? 0)
    this.#mixText(what)
    this.#mixText(who)
    if (carried !== undefined) this.#mixBytes(carried)
    if (++this.#events % EVENTS_PER_MARK === 0) this.#marks.push(this.hash)
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index))
    this.#mix(0x100)
  }

  /** All of a short message; of a long one its length and a sample, for it has a digest inside. */
  #mixBytes(bytes: Uint8Array): void {
    this.#mix(bytes.length)
    const stride = bytes.length <= 256 ? 1 : Math.floor(bytes.length / 128)
    for (let index = 0; index < bytes.length; index += stride) this.#mix(bytes[index] ?? 0)
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193)
    this.#low = Math.imul(this.#low ^ word ^ (this.#high >>> 15), 0x85ebca6b)
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
