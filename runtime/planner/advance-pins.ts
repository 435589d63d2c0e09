import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Pin } from '../../actors/vocabulary/revision.ts'
import { compareText } from './compare-text.ts'
import { type Head, NO_ENTRIES_DIGEST, type PinVector } from './observed.ts'
import type { HeldPin } from './plan.ts'

export interface Advance {
  readonly group: string
  /** The declared sets after this job. */
  readonly declared: readonly string[]
  /** Whether this job makes the group or changes its list of sets. */
  readonly relayered: boolean
  /** What the group stands on. */
  readonly current: PinVector
  readonly touched: ReadonlySet<string>
  headOf(path: string): Head | undefined
}

export interface Advanced extends PinVector {
  readonly touched: readonly string[]
  readonly held: readonly HeldPin[]
}

/**
 * The vector of a group after a job. The law: a job moves only what it names.
 *
 * - A touched path is pinned at its head; every other pin stays where it is, also behind its head (`held`): a
 *   rolled-back poison does not return with the next unrelated edit.
 * - A job that changes the group's list of sets takes that list as it is: its order, a set without a pin at its
 *   head, and nothing that is not on it. Any other job leaves list and order as they run, also where a rollback
 *   keeps a declared set out, or an undeclared one in.
 */
export function advancePins(advance: Advance): Advanced {
  const { declared, relayered, current, touched } = advance
  const sets = relayered ? declared : presentOrder(advance)
  const pins: Record<string, Pin> = {}
  for (const path of sets) {
    const pinned = touched.has(path) ? undefined : current.pins[path]
    pins[path] = pinned ?? pinAtHead(advance, path)
  }
  const involved = [...new Set([...declared, ...current.sets])].sort(compareText)
  const isFree = (path: string): boolean =>
    touched.has(path) || (relayered && Object.hasOwn(pins, path) !== Object.hasOwn(current.pins, path))
  return { sets, pins, touched: involved.filter(isFree), held: heldOf(advance, involved, pins) }
}

/** The order that runs; a declared set that a touch brings in takes its declared place. */
function presentOrder({ declared, current, touched }: Advance): string[] {
  const order = current.sets.filter(path => declared.includes(path) || !touched.has(path))
  for (const path of declared) {
    if (!touched.has(path) || order.includes(path)) continue
    const nearest = declared.slice(0, declared.indexOf(path)).findLast(earlier => order.includes(earlier))
    order.splice(nearest === undefined ? 0 : order.indexOf(nearest) + 1, 0, path)
  }
  return order
}

function pinAtHead({ group, current, headOf }: Advance, path: string): Pin {
  const head = headOf(path)
  // A removed path may stay layered, without entries; it cannot be layered anew.
  const isNew = !Object.hasOwn(current.pins, path)
  if (head === undefined || (isNew && 'tombstone' in head)) {
    const message = `Group ${group} names ${path}, which is not declared: declare it in the same job, or correct the path`
    throw new KonorError('KONOR_PLAN_SET_UNKNOWN', message, { details: { group, path } })
  }
  return { version: head.version, digest: 'tombstone' in head ? NO_ENTRIES_DIGEST : head.digest }
}

function heldOf(
  { declared, headOf }: Advance,
  involved: readonly string[],
  pins: Readonly<Record<string, Pin>>,
): HeldPin[] {
  const held: HeldPin[] = []
  for (const path of involved) {
    const head = headOf(path)
    const pinned = pins[path]?.version ?? null
    const concerns = pinned !== null || declared.includes(path)
    if (concerns && head !== undefined && head.version !== pinned)
      held.push({ path, pinned, head: head.version })
  }
  return held
}

/** Whether two vectors are the same: order and every pin. */
export function sameVector(left: PinVector, right: PinVector): boolean {
  if (left.sets.length !== right.sets.length) return false
  return left.sets.every((path, index) => {
    const a = left.pins[path]
    const b = right.pins[path]
    return path === right.sets[index] && a?.version === b?.version && a?.digest === b?.digest
  })
}
