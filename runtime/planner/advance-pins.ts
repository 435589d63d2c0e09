import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Pin } from '../../actors/vocabulary/revision.ts'
import { compareText } from './compare-text.ts'
import { type Head, NO_ENTRIES_DIGEST, type PinVector } from './observed.ts'
import type { HeldPin } from './plan.ts'

export interface Advance {
  readonly group: string
  /** The declared sets before and after this job. */
  readonly before: readonly string[]
  readonly declared: readonly string[]
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
 * - A touched path and a set that this job adds are pinned at their head; a set that it takes out drops.
 * - Every other pin stays where it is, also behind its head (`held`): a rolled-back poison does not return
 *   with the next unrelated edit. The same holds for a set that a rollback keeps out or keeps in, and for its
 *   place in the order.
 */
export function advancePins(advance: Advance): Advanced {
  const { before, declared, current, touched } = advance
  const beforeSets = new Set(before)
  const declaredSets = new Set(declared)
  const isAdded = (path: string): boolean => declaredSets.has(path) && !beforeSets.has(path)
  const isMember = (path: string): boolean =>
    Object.hasOwn(current.pins, path) || isAdded(path) || touched.has(path)
  const members = declared.filter(isMember)
  const kept = current.sets.filter(
    path => !declaredSets.has(path) && !beforeSets.has(path) && !touched.has(path),
  )
  const sets = orderOf(advance, members, kept)
  const pins: Record<string, Pin> = {}
  for (const path of sets) {
    const pinned = isAdded(path) || touched.has(path) ? undefined : current.pins[path]
    pins[path] = pinned ?? pinAtHead(advance, path, isAdded(path))
  }
  const involved = [...new Set([...declared, ...current.sets])].sort(compareText)
  const free = involved.filter(
    path => touched.has(path) || isAdded(path) || (beforeSets.has(path) && !declaredSets.has(path)),
  )
  return { sets, pins, touched: free, held: heldOf(advance, involved, pins, declaredSets) }
}

/**
 * The declared order when this job declares one; otherwise the present order, with newcomers at their
 * declared place.
 */
function orderOf(
  { before, declared, current }: Advance,
  members: readonly string[],
  kept: readonly string[],
): string[] {
  const redeclared =
    before.length !== declared.length || before.some((path, index) => path !== declared[index])
  if (redeclared) return insertInto(members, kept, current.sets)
  const staying = new Set([...members, ...kept])
  const present = current.sets.filter(path => staying.has(path))
  const presentSets = new Set(present)
  return insertInto(
    present,
    members.filter(path => !presentSets.has(path)),
    declared,
  )
}

/**
 * Puts each newcomer right behind its nearest predecessor in the reference order, or first when it has none.
 */
function insertInto(
  order: readonly string[],
  newcomers: readonly string[],
  reference: readonly string[],
): string[] {
  const merged = [...order]
  for (const path of newcomers) {
    const predecessors = reference.slice(0, reference.indexOf(path))
    const nearest = predecessors.findLast(predecessor => merged.includes(predecessor))
    merged.splice(nearest === undefined ? 0 : merged.indexOf(nearest) + 1, 0, path)
  }
  return merged
}

function pinAtHead({ group, headOf }: Advance, path: string, added: boolean): Pin {
  const head = headOf(path)
  if (head === undefined || (added && 'tombstone' in head)) {
    const message = `Group ${group} names ${path}, which is not declared: declare it in the same job, or correct the path`
    throw new KonorError('KONOR_PLAN_SET_UNKNOWN', message, { details: { group, path } })
  }
  return { version: head.version, digest: 'tombstone' in head ? NO_ENTRIES_DIGEST : head.digest }
}

function heldOf(
  { headOf }: Advance,
  involved: readonly string[],
  pins: Readonly<Record<string, Pin>>,
  declared: ReadonlySet<string>,
): HeldPin[] {
  const held: HeldPin[] = []
  for (const path of involved) {
    const head = headOf(path)
    const pinned = pins[path]?.version ?? null
    const concerns = pinned !== null || declared.has(path)
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
