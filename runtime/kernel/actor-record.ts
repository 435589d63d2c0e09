import type { Address } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { ActorEvent } from '../../actors/vocabulary/instruction.ts'
import type { Machine, Snapshot } from './machine.ts'
import { storedOf } from './machine.ts'

/** A journaled timer: `event` is due to the actor when journal time reaches `dueMs`. */
export interface Deadline {
  readonly dueMs: number
  readonly event: ActorEvent
}

/** One actor as the kernel keeps it. Immutable: a step makes a new record. */
export interface ActorRecord {
  readonly address: Address
  readonly machine: Machine
  readonly snapshot: Snapshot
  /** Timer id → deadline. Ids are stable (`xstate.after.bake.…`), so a restart finds the same ones. */
  readonly deadlines: Readonly<Record<string, Deadline>>
  /** Sequence of the record that last changed it. */
  readonly changedSeq: number
}

export function isDone(record: ActorRecord): boolean {
  return record.snapshot.status === 'done'
}

/** The context of an actor's chart. The caller says its type: it knows the kind by the address. */
export function contextOf<Context>(record: ActorRecord): Context {
  return record.snapshot.context as Context
}

/** The state an actor is in, as its chart writes it: `operating`, or `{ lifecycle: 'operating', … }`. */
export function valueOf(record: ActorRecord): CborValue {
  return record.snapshot.value as CborValue
}

/** Whether the actor is in the named top-level state. */
export function isIn(record: ActorRecord, state: string): boolean {
  const value = valueOf(record)
  return typeof value === 'string'
    ? value === state
    : value !== null && typeof value === 'object' && state in value
}

/** What of a record is state, as canonical CBOR takes it: order and members are part of the fold version. */
export function storedRecord(record: ActorRecord): CborValue {
  const { value, context, done } = storedOf(record.snapshot)
  return [
    record.address,
    record.machine.chart.name,
    value,
    plain(context),
    done,
    plain(record.deadlines as unknown as CborValue),
    record.changedSeq,
  ]
}

/** Drops undefined members: a context may clear a field with `undefined`, canonical CBOR has no such value. */
function plain(value: CborValue): CborValue {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plain)
  const copy: Record<string, CborValue> = {}
  for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[key] = plain(member)
  return copy
}
