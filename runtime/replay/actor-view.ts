import { kindOf } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Json, jsonOf } from '../journal/json-of.ts'
import type { ActorDetailView, ActorView, TimerView } from '../engine/views.ts'
import { type ActorRecord, contextOf, isDone, valueOf } from '../kernel/actor-record.ts'
import { actorState } from './actor-state.ts'
import { redactSecrets } from './redact-secrets.ts'

/** An actor in a list. */
export function actorView(record: ActorRecord): ActorView {
  return { ...summary(record), timers: Object.keys(record.deadlines).length }
}

/** An actor with all that it knows; proofs of secrets are redacted. */
export function actorDetailView(record: ActorRecord): ActorDetailView {
  const context = redactSecrets(record.address, contextOf<CborValue>(record))
  return {
    ...summary(record),
    value: shown(valueOf(record)),
    context: shown(context),
    timers: timersOf(record),
  }
}

/** The armed timers of an actor, the next one first. */
export function timersOf({ deadlines }: ActorRecord): readonly TimerView[] {
  return Object.entries(deadlines)
    .map(([id, { dueMs, event }]) => ({ id, dueMs, event: event.type }))
    .sort((a, b) => a.dueMs - b.dueMs || (a.id < b.id ? -1 : 1))
}

function summary(record: ActorRecord): Omit<ActorView, 'timers'> {
  return {
    address: record.address,
    kind: kindOf(record.address),
    state: actorState(record),
    machine: record.machine.chart.name,
    ended: isDone(record),
    changedSeq: record.changedSeq,
  }
}

/** A context may hold `undefined`, which no state has. Keys in order, so that two views of one state are the same. */
function shown(value: CborValue): Json {
  return sorted(jsonOf(value))
}

function sorted(value: Json | undefined): Json {
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
