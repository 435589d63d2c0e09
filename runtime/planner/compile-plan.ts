import type { GroupDocument } from '../manifest/manifest-document.ts'
import { advancePins, sameVector } from './advance-pins.ts'
import { compareText } from './compare-text.ts'
import { type DeclaredHeads, declareHeads } from './declare-heads.ts'
import {
  type Desired,
  type EntriesOf,
  type Observed,
  type ObservedGroup,
  type ObservedPolicy,
  type PinVector,
  observedIn,
  policyDigest,
} from './observed.ts'
import { type Compiled, type Move, finishPlan } from './planning.ts'
import { policyRef } from './policy-ref.ts'

const NOTHING: PinVector = { sets: [], pins: {} }

/**
 * Compiles a job: (desired, observed, entries) → plan. Pure: reads nothing else, and the order of documents,
 * paths and keys in its input does not matter.
 *
 * A group takes part when the job declares it or touches one of its paths. Its revision advances exactly when
 * its vector (the order of its sets and the version of each) moves, also when the resolved bytes stay the
 * same: what is pinned is what the next job starts from. Otherwise it is listed as unchanged. A changed
 * policy alone moves nothing; it governs the next rollout. Before its first commit a group has nothing to
 * hold on to: all its sets are pinned at their heads.
 *
 * Throws `KONOR_PLAN_SET_UNKNOWN`, `KONOR_PLAN_POLICY_UNKNOWN`, `KONOR_BUNDLE_KEYS`, `KONOR_BUNDLE_BYTES`,
 * `KONOR_PLAN_ENTRIES_MISSING`.
 */
export function compilePlan(desired: Desired, observed: Observed, entriesOf: EntriesOf): Compiled {
  const heads = declareHeads(desired, observed)
  const declared = groupsIn(desired)
  const policies = policiesAfter(desired, observed)
  const moves: Move[] = []
  const unchanged: string[] = []
  for (const name of concerned(declared, observed, heads)) {
    const move = moveOf(name, declared.get(name), observedIn(observed, name), heads, policies)
    if (isSettled(move)) unchanged.push(name)
    else moves.push(move)
  }
  return finishPlan({
    kind: 'apply',
    heads: heads.planned,
    moves,
    unchanged,
    entriesOf: digest => heads.entries.get(digest) ?? entriesOf(digest),
  })
}

/** Names of the groups that the job declares or whose paths it touches, in order. */
export function concerned(
  declared: ReadonlyMap<string, GroupDocument>,
  observed: Observed,
  heads: Pick<DeclaredHeads, 'touched'>,
): string[] {
  const names = new Set(declared.keys())
  for (const [name, group] of Object.entries(observed.groups)) {
    const touches = (path: string): boolean => heads.touched.has(path)
    if (group.sets.some(touches) || group.current.sets.some(touches)) names.add(name)
  }
  return [...names].sort(compareText)
}

export function groupsIn(desired: Desired): Map<string, GroupDocument> {
  const groups = new Map<string, GroupDocument>()
  for (const document of desired.documents) if (document.kind === 'Group') groups.set(document.name, document)
  return groups
}

function policiesAfter(desired: Desired, observed: Observed): Map<string, ObservedPolicy> {
  const policies = new Map(Object.entries(observed.policies))
  for (const document of desired.documents) {
    if (document.kind !== 'Policy') continue
    const { name, uses, with: parameters } = document
    policies.set(name, { uses, digest: policyDigest(uses, parameters) })
  }
  return policies
}

function moveOf(
  group: string,
  document: GroupDocument | undefined,
  observed: ObservedGroup | undefined,
  heads: DeclaredHeads,
  policies: ReadonlyMap<string, ObservedPolicy>,
): Move {
  // Before its first commit a group has nothing good to hold on to: every set counts as just added.
  const known = observed?.committed ? observed : undefined
  const advanced = advancePins({
    group,
    before: known?.sets ?? [],
    declared: document?.sets ?? observed?.sets ?? [],
    current: known?.current ?? NOTHING,
    touched: heads.touched,
    headOf: heads.headOf,
  })
  const policy = policyRef(group, document?.policy ?? observed?.policy ?? '', policies)
  return { ...advanced, group, observed, restores: null, policy }
}

/** Whether the group already committed this vector and stands on it. */
function isSettled(move: Move): boolean {
  const { observed } = move
  if (observed === undefined || observed.committed === null) return false
  return sameVector(move, observed.committed) && sameVector(move, observed.current)
}
