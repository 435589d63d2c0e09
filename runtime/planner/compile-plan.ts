import type { ResolvedPolicy } from '../../actors/vocabulary/group-plan.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { resolvePolicy } from '../../policies/resolve-policy.ts'
import { advancePins, sameVector } from './advance-pins.ts'
import { type DeclaredGroup, concernedGroups, declareGroups } from './declare-groups.ts'
import { type DeclaredHeads, declareHeads } from './declare-heads.ts'
import {
  type Desired,
  type EntriesOf,
  type Observed,
  type ObservedGroup,
  type PinVector,
  observedIn,
} from './observed.ts'
import { type Compiled, type Move, finishPlan } from './planning.ts'
import { policyRef } from './policy-ref.ts'

const NOTHING: PinVector = { sets: [], pins: {} }

/**
 * Groups that one job may concern, unchanged ones too. All of them are locked, told and perhaps put back within one
 * input of the kernel, which takes some sixteen internal messages a group.
 */
export const GROUPS_PER_JOB_MAX = 2_000

/**
 * Compiles a job: (desired, observed, entries) → plan. Pure: reads nothing else, and the order of documents,
 * paths and keys in its input does not matter.
 *
 * A group takes part when the job makes it, changes its list of sets, or touches one of its paths. Its revision
 * advances exactly when its vector (the order of its sets and the version of each) moves, also when the
 * resolved bytes stay the same: what is pinned is what the next job starts from. Otherwise it is listed as
 * unchanged. A changed policy alone moves nothing; it governs the next rollout. Before its first commit a group
 * has nothing to hold on to: all its sets are pinned at their heads.
 *
 * Throws `KONOR_PLAN_TOO_WIDE`, `KONOR_PLAN_SET_UNKNOWN`, `KONOR_PLAN_POLICY_UNKNOWN`, `KONOR_BUNDLE_KEYS`,
 * `KONOR_BUNDLE_BYTES`, `KONOR_PLAN_ENTRIES_MISSING`.
 */
export function compilePlan(desired: Desired, observed: Observed, entriesOf: EntriesOf): Compiled {
  const heads = declareHeads(desired, observed)
  const declared = declareGroups(desired, observed)
  const policies = policiesAfter(desired, observed)
  for (const [name, { policy }] of declared) policyRef(name, policy, policies)
  const moves: Move[] = []
  const unchanged: string[] = []
  const concerned = concernedGroups(declared, observed, heads)
  refuseTooWide(concerned.length)
  for (const name of concerned) {
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

function refuseTooWide(groups: number): void {
  if (groups <= GROUPS_PER_JOB_MAX) return
  throw new KonorError(
    'KONOR_PLAN_TOO_WIDE',
    `this change concerns ${groups} groups, and one job may concern ${GROUPS_PER_JOB_MAX}: change less at once`,
    { details: { bound: 'GROUPS_PER_JOB_MAX', max: GROUPS_PER_JOB_MAX, found: groups } },
  )
}

function policiesAfter(desired: Desired, observed: Observed): Map<string, ResolvedPolicy> {
  const policies = new Map(Object.entries(observed.policies))
  for (const document of desired.documents) {
    if (document.kind !== 'Policy') continue
    const resolved = resolvePolicy(document)
    if (resolved !== undefined) policies.set(document.name, resolved)
  }
  return policies
}

function moveOf(
  group: string,
  declared: DeclaredGroup | undefined,
  observed: ObservedGroup | undefined,
  heads: DeclaredHeads,
  policies: ReadonlyMap<string, ResolvedPolicy>,
): Move {
  const committed = observed?.committed ?? null
  const advanced = advancePins({
    group,
    declared: declared?.sets ?? observed?.sets ?? [],
    relayered: committed === null || declared?.relayered === true,
    current: committed === null || observed === undefined ? NOTHING : observed.current,
    touched: heads.touched,
    headOf: heads.headOf,
  })
  const policy = policyRef(group, declared?.policy ?? observed?.policy ?? '', policies)
  return { ...advanced, group, observed, restores: null, policy }
}

/** Whether the group already committed this vector and stands on it. */
function isSettled(move: Move): boolean {
  const { observed } = move
  if (observed === undefined || observed.committed === null) return false
  return sameVector(move, observed.committed) && sameVector(move, observed.current)
}
