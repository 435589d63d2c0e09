import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'

/** The version of the socket protocol that this agent speaks. */
export const SOCKET_PROTOCOL = 1
/** Longest text of a group, process, instance or id. */
export const SOCKET_NAME_LENGTH_MAX = 128
/** A longer reason of a rejection is cut here. */
export const REASON_LENGTH_MAX = 1024

/** Chosen by the process and given back in the answer. */
export type RequestId = number | string

export interface HelloGroup {
  readonly group: string
  /** The activation that the process already holds. */
  readonly activation: number | undefined
  /** True for a reader that wants changes but owes nothing. */
  readonly observe: boolean
}

export type SocketRequest =
  | {
      readonly op: 'hello'
      readonly id: RequestId
      readonly protocol: readonly [number, number]
      readonly process: string
      readonly instance: string
      readonly pid: number
      readonly groups: readonly HelloGroup[]
      readonly prepare: boolean
    }
  | { readonly op: 'get'; readonly id: RequestId; readonly group: string; readonly key: string }
  | {
      readonly op: 'snapshot'
      readonly id: RequestId
      readonly group: string
      readonly activation: number | undefined
      readonly offset: number
    }
  | {
      readonly op: 'ack'
      readonly id: RequestId
      readonly group: string
      readonly activation: number
      readonly phase: 'prepare' | 'applied'
      readonly outcome: 'ok' | 'rejected'
      readonly reason: string | undefined
    }
  | { readonly op: 'ping' | 'bye'; readonly id: RequestId }
  | { readonly op: 'unknown'; readonly id: RequestId; readonly name: string }

type Fields = Readonly<Record<string, CborValue>>

/**
 * Reads one frame body as a request. Every known field is checked, unknown ones are ignored, `null` counts as left
 * out. Throws `KONOR_SOCKET_MALFORMED`, with the request's id in `details.id` where it could be read.
 */
export function parseRequest(body: Uint8Array): SocketRequest {
  const fields = fieldsOf(decodeBody(body), 'the frame')
  const id = idOf(fields['id'])
  try {
    return requestOf(fields, id)
  } catch (thrown) {
    if (!(thrown instanceof KonorError)) throw thrown
    throw new KonorError(thrown.code, thrown.message, { cause: thrown, details: { id } })
  }
}

function requestOf(fields: Fields, id: RequestId): SocketRequest {
  const op = fields['op']
  switch (op) {
    case 'get':
      return { op, id, group: nameOf(fields, 'group'), key: textOf(fields, 'key') }
    case 'ping':
    case 'bye':
      return { op, id }
    case 'ack':
      return {
        op,
        id,
        group: nameOf(fields, 'group'),
        activation: countOf(fields, 'activation'),
        phase: oneOf(fields, 'phase', ['prepare', 'applied']),
        outcome: oneOf(fields, 'outcome', ['ok', 'rejected']),
        reason: optional(fields, 'reason', textOf)?.slice(0, REASON_LENGTH_MAX),
      }
    case 'snapshot':
      return {
        op,
        id,
        group: nameOf(fields, 'group'),
        activation: optional(fields, 'activation', countOf),
        offset: optional(fields, 'offset', countOf) ?? 0,
      }
    case 'hello':
      return helloOf(fields, id)
    default:
      if (typeof op !== 'string') throw malformed('"op" must be text')
      return { op: 'unknown', id, name: op.slice(0, SOCKET_NAME_LENGTH_MAX) }
  }
}

function helloOf(fields: Fields, id: RequestId): SocketRequest {
  return {
    op: 'hello',
    id,
    protocol: protocolOf(fields['protocol']),
    process: nameOf(fields, 'process'),
    instance: nameOf(fields, 'instance'),
    pid: countOf(fields, 'pid'),
    groups: groupsOf(fields['groups']),
    prepare: optional(fields, 'prepare', flagOf) ?? false,
  }
}

function groupsOf(value: CborValue | undefined): HelloGroup[] {
  if (!Array.isArray(value)) throw malformed('"groups" must be an array of maps')
  const named = new Set<string>()
  return value.map((item: CborValue) => {
    const fields = fieldsOf(item, 'an item of "groups"')
    const group = nameOf(fields, 'group')
    if (named.has(group)) throw malformed(`"groups" names ${JSON.stringify(group)} twice`)
    named.add(group)
    return {
      group,
      activation: optional(fields, 'activation', countOf),
      observe: optional(fields, 'observe', flagOf) ?? false,
    }
  })
}

function protocolOf(value: CborValue | undefined): readonly [number, number] {
  if (Array.isArray(value) && value.length === 2) {
    const [min, max]: CborValue[] = value
    if (isCount(min) && isCount(max) && min <= max) return [min, max]
  }
  throw malformed('"protocol" must be [lowest, highest]')
}

function decodeBody(body: Uint8Array): CborValue {
  try {
    return decodeCbor(body)
  } catch (cause) {
    if (!(cause instanceof KonorError)) throw cause
    throw new KonorError('KONOR_SOCKET_MALFORMED', `${cause.message}: send one CBOR map in each frame`, {
      cause,
    })
  }
}

function fieldsOf(value: CborValue, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw malformed(`${what} must be a map`)
  }
  return value as Fields
}

function idOf(value: CborValue | undefined): RequestId {
  if (isCount(value)) return value
  if (typeof value === 'string' && value.length <= SOCKET_NAME_LENGTH_MAX) return value
  throw malformed(`"id" must be an unsigned integer or text of at most ${SOCKET_NAME_LENGTH_MAX} characters`)
}

function optional<T>(fields: Fields, name: string, read: (fields: Fields, name: string) => T): T | undefined {
  const value = fields[name]
  return value === undefined || value === null ? undefined : read(fields, name)
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw malformed(`"${name}" must be text`)
  return value
}

function nameOf(fields: Fields, name: string): string {
  const text = textOf(fields, name)
  if (text.length > 0 && text.length <= SOCKET_NAME_LENGTH_MAX) return text
  throw malformed(`"${name}" must have 1 to ${SOCKET_NAME_LENGTH_MAX} characters`)
}

function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (typeof value !== 'boolean') throw malformed(`"${name}" must be true or false`)
  return value
}

function countOf(fields: Fields, name: string): number {
  const value = fields[name]
  if (!isCount(value)) throw malformed(`"${name}" must be an unsigned integer`)
  return value
}

function oneOf<const T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const value = fields[name]
  const found = allowed.find(item => item === value)
  if (found === undefined) throw malformed(`"${name}" must be one of ${allowed.join(', ')}`)
  return found
}

function isCount(value: CborValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function malformed(what: string): KonorError {
  return new KonorError('KONOR_SOCKET_MALFORMED', what)
}
