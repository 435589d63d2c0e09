import { type ParsedNode, isAlias, isMap, isScalar, isSeq } from 'yaml'
import { type Step, pointerOf } from './json-pointer.ts'
import { ALIAS_WEIGHT_MAX } from './manifest-bounds.ts'
import type { Problem } from './problems.ts'

/** JSON as it was read: every number is finite and exact or was refused. */
export type ReadValue = null | boolean | number | string | ReadValue[] | { [key: string]: ReadValue }

/**
 * A syntax tree as plain JSON. Refuses what JSON values cannot say or YAML says by surprise: keys that are
 * not text, duplicate keys, merge keys, -0, NaN, infinities, integers beyond 2^53 - 1, lone surrogates,
 * aliases of nothing or of themselves or beyond their bound. Answers undefined after any of them; each is
 * reported.
 */
export function toJson(
  root: ParsedNode | null,
  onProblem: (offset: number, problem: Problem) => void,
): ReadValue | undefined {
  const reader = new TreeReader(onProblem)
  const value = reader.read(root)
  return reader.refused ? undefined : value
}

interface Anchored {
  readonly value: ReadValue
  readonly weight: number
}

class TreeReader {
  readonly #onProblem: (offset: number, problem: Problem) => void
  readonly #steps: Step[] = []
  /** Undefined while the anchored value is still being read: an alias inside it would be endless. */
  readonly #anchors = new Map<string, Anchored | undefined>()
  /** Nodes and characters read so far, with what aliases stand for. */
  #weight = 0
  #aliasWeight = 0
  refused = false

  constructor(onProblem: (offset: number, problem: Problem) => void) {
    this.#onProblem = onProblem
  }

  read(node: ParsedNode | null | undefined): ReadValue {
    if (node === null || node === undefined) return null
    if (isAlias(node)) return this.#alias(node.source, node.range?.[0] ?? 0)
    const before = this.#weight++
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, undefined)
    const value = this.#content(node)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { value, weight: this.#weight - before })
    return value
  }

  #content(node: ParsedNode): ReadValue {
    if (isMap(node)) return this.#map(node.items as readonly { key: unknown; value: unknown }[])
    if (isSeq(node)) return this.#sequence(node.items as readonly ParsedNode[])
    if (isScalar(node)) return this.#scalar(node.value, node.source ?? '', node.range?.[0] ?? 0)
    return this.#refuse(0, 'expected a JSON value')
  }

  #sequence(items: readonly ParsedNode[]): ReadValue {
    const values: ReadValue[] = []
    for (const [index, item] of items.entries()) {
      this.#steps.push(index)
      values.push(this.read(item))
      this.#steps.pop()
    }
    return values
  }

  #map(items: readonly { key: unknown; value: unknown }[]): ReadValue {
    const map: { [key: string]: ReadValue } = {}
    for (const { key: keyNode, value: valueNode } of items) {
      const key = this.#key(keyNode)
      if (key === undefined) continue
      this.#steps.push(key)
      if (Object.hasOwn(map, key))
        this.#refuse(offsetOf(keyNode), 'expected each key once: this one is a duplicate')
      const value = this.read(valueNode as ParsedNode | null)
      // A plain assignment to this one name would set the prototype and lose the entry.
      if (key === '__proto__')
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
      else map[key] = value
      this.#steps.pop()
    }
    return map
  }

  #key(node: unknown): string | undefined {
    const offset = offsetOf(node)
    if (!isScalar(node) || typeof node.value !== 'string') {
      const shown =
        isScalar(node) && node.source !== undefined ? ` ${node.source.slice(0, 64)}: put it in quotes` : ''
      this.#refuse(offset, `expected keys that are text, found${shown === '' ? ' another key' : shown}`)
      return undefined
    }
    if (node.value === '<<' && node.type === 'PLAIN') {
      this.#refuse(offset, 'expected no merge key: `<<` is not part of YAML 1.2; write the keys out')
      return undefined
    }
    if (!node.value.isWellFormed()) {
      this.#refuse(offset, 'expected valid Unicode, found a lone surrogate in a key')
      return undefined
    }
    this.#weight += node.value.length
    return node.value
  }

  #scalar(value: unknown, source: string, offset: number): ReadValue {
    switch (typeof value) {
      case 'string':
        this.#weight += value.length
        return value.isWellFormed()
          ? value
          : this.#refuse(offset, 'expected valid Unicode, found a lone surrogate')
      case 'bigint':
        return this.#integer(value, source, offset)
      case 'number':
        return this.#number(value, source, offset)
      case 'boolean':
        return value
      default:
        return value === null ? null : this.#refuse(offset, 'expected a JSON value')
    }
  }

  #integer(value: bigint, source: string, offset: number): ReadValue {
    if (value === 0n && source.startsWith('-')) return this.#refuse(offset, NO_NEGATIVE_ZERO)
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : this.#refuse(offset, NO_BIG_INTEGER)
  }

  #number(value: number, source: string, offset: number): ReadValue {
    if (!Number.isFinite(value))
      return this.#refuse(offset, `expected a finite number, found ${source.slice(0, 32)}`)
    if (Object.is(value, -0)) return this.#refuse(offset, NO_NEGATIVE_ZERO)
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return this.#refuse(offset, NO_BIG_INTEGER)
    return value
  }

  #alias(name: string, offset: number): ReadValue {
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) {
      const found = this.#anchors.has(name) ? 'one inside its own value' : 'none before it'
      return this.#refuse(offset, `expected an anchor &${name.slice(0, 64)} that is complete, found ${found}`)
    }
    this.#aliasWeight += anchored.weight
    // The value is shared, not copied: only what is later encoded grows, and that is what the bound keeps
    // small.
    this.#weight += anchored.weight
    if (this.#aliasWeight <= ALIAS_WEIGHT_MAX) return anchored.value
    return this.#refuse(offset, `expected aliases that add at most ${ALIAS_WEIGHT_MAX} characters`)
  }

  #refuse(offset: number, message: string): null {
    this.refused = true
    this.#onProblem(offset, { pointer: pointerOf(this.#steps), message })
    return null
  }
}

const NO_NEGATIVE_ZERO = 'expected a number with one form, found -0: write 0'
const NO_BIG_INTEGER = 'expected an integer within plus or minus 2^53 - 1: write it as text, in quotes'

function offsetOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0
}
