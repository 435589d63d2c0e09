import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { compareText } from './compare-text.ts'
import { concernedGroups, declareGroups } from './declare-groups.ts'
import { declareHeads } from './declare-heads.ts'
import { type Desired, NO_ENTRIES_DIGEST, type Observed, type PinVector, observedIn } from './observed.ts'

/**
 * The entries that `compilePlan` will ask for, so that a caller can load them first and compile without
 * waiting. Those that the job's own documents hold are not among them.
 */
export function digestsNeeded(desired: Desired, observed: Observed): Digest[] {
  const heads = declareHeads(desired, observed)
  const declared = declareGroups(desired, observed)
  const needed = new Set<Digest>()
  for (const name of concernedGroups(declared, observed, heads)) {
    const group = observedIn(observed, name)
    for (const vector of [group?.committed, group?.current]) if (vector) addPins(vector, needed)
    for (const path of declared.get(name)?.sets ?? group?.sets ?? []) {
      const head = heads.headOf(path)
      if (head !== undefined && 'digest' in head) needed.add(head.digest)
    }
  }
  return ordered(needed, digest => !heads.entries.has(digest))
}

/** As `digestsNeeded`, for the vectors that a rollback or a retry of one group works with. */
export function digestsOfGroup(group: string, observed: Observed, ...others: readonly PinVector[]): Digest[] {
  const found = observedIn(observed, group)
  const needed = new Set<Digest>()
  for (const vector of [found?.committed, found?.current, ...others]) if (vector) addPins(vector, needed)
  for (const path of found?.sets ?? []) {
    const head = observed.heads[path]
    if (head !== undefined && 'digest' in head) needed.add(head.digest)
  }
  return ordered(needed, () => true)
}

function addPins(vector: PinVector, needed: Set<Digest>): void {
  for (const { digest } of Object.values(vector.pins)) needed.add(digest)
}

function ordered(needed: ReadonlySet<Digest>, wanted: (digest: Digest) => boolean): Digest[] {
  return [...needed].filter(digest => digest !== NO_ENTRIES_DIGEST && wanted(digest)).sort(compareText)
}
