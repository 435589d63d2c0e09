import type { GroupPlan, ResolvedPolicy } from '../../actors/vocabulary/group-plan.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Entries } from '../manifest/manifest-document.ts'
import { compareText } from './compare-text.ts'
import { type EntryDiff, diffEntries } from './diff-entries.ts'
import {
  type EntriesOf,
  NO_ENTRIES,
  NO_ENTRIES_DIGEST,
  type ObservedGroup,
  type PinVector,
} from './observed.ts'
import {
  PLAN_VERSION,
  type Plan,
  type PlanKind,
  type PlannedGroup,
  type PlannedHead,
  type StepBody,
  sealPlan,
} from './plan.ts'
import { type Bundle, type Layer, type Override, layerEntries, resolveBundle } from './resolve-bundle.ts'

/** A plan with what it was made from: bundles to store, and what a person wants to see before agreeing. */
export interface Compiled {
  readonly plan: Plan
  /** Each different bundle once; the blobs that must be durable before a record names the plan. */
  readonly bundles: readonly Bundle[]
  /** One for each group of the plan, in its order. Not covered by the digest. */
  readonly explanations: readonly GroupExplanation[]
  /** What rollouts are born from, one for each group of the plan, in its order. */
  readonly groupPlans: readonly GroupPlan[]
}

export interface GroupExplanation {
  readonly group: string
  readonly diff: readonly EntryDiff[]
  readonly overrides: readonly Override[]
}

/** One group whose vector moves, before its bundle is known. */
export interface Move extends PinVector, Pick<PlannedGroup, 'group' | 'touched' | 'held' | 'restores'> {
  readonly observed: ObservedGroup | undefined
  readonly policy: ResolvedPolicy
}

export interface Planning {
  readonly kind: PlanKind
  readonly heads: readonly PlannedHead[]
  readonly moves: readonly Move[]
  readonly unchanged: readonly string[]
  readonly entriesOf: EntriesOf
}

/** Resolves the moved groups and seals the plan. Groups that layer the same versions share one bundle. */
export function finishPlan(planning: Planning): Compiled {
  const bundles = new Map<string, Bundle>()
  const groups: PlannedGroup[] = []
  const explanations: GroupExplanation[] = []
  const groupPlans: GroupPlan[] = []
  for (const move of planning.moves.toSorted((a, b) => compareText(a.group, b.group))) {
    const key = move.sets.map(path => `${path} ${move.pins[path]?.digest ?? ''}`).join('\n')
    const bundle = bundles.get(key) ?? resolveBundle(move.group, layersOf(move, planning.entriesOf))
    bundles.set(key, bundle)
    const committed = move.observed?.committed
    const before = committed
      ? layerEntries(layersOf(committed, planning.entriesOf))
      : new Map<string, never>()
    const diff = diffEntries(before, bundle.effective)
    groups.push(planGroup(move, bundle, diff))
    groupPlans.push(groupPlanOf(move, bundle))
    explanations.push({ group: move.group, diff, overrides: bundle.overrides })
  }
  const plan = sealPlan({
    v: PLAN_VERSION,
    kind: planning.kind,
    heads: planning.heads,
    groups,
    unchanged: planning.unchanged,
    steps: groups.map(rolloutStep),
  })
  const byDigest = new Map([...bundles.values()].map(bundle => [bundle.digest, bundle]))
  return { plan, bundles: [...byDigest.values()], explanations, groupPlans }
}

function planGroup(move: Move, bundle: Bundle, diff: readonly EntryDiff[]): PlannedGroup {
  const { group, observed, sets, pins, touched, held, restores } = move
  const base = observed?.committed ?? null
  const count = (op: EntryDiff['op']): number =>
    diff.reduce((sum, entry) => sum + (entry.op === op ? 1 : 0), 0)
  return {
    group,
    base: base === null ? null : { revision: base.revision, digest: base.digest },
    generation: {
      revision: (observed?.lastRevision ?? 0) + 1,
      digest: bundle.digest,
      sizeBytes: bundle.sizeBytes,
      keys: bundle.keys,
    },
    restores,
    sets,
    pins,
    touched,
    policy: { name: move.policy.name, digest: move.policy.digest },
    changes: { added: count('added'), changed: count('changed'), removed: count('removed') },
    held,
  }
}

function groupPlanOf(
  { group, observed, sets, pins, policy }: Move,
  { digest, sizeBytes }: Bundle,
): GroupPlan {
  return { group, base: observed?.committed?.revision ?? null, digest, sizeBytes, sets, pins, policy }
}

/** Groups do not wait for each other: rolling out is per group. */
function rolloutStep({ group }: PlannedGroup): StepBody {
  return {
    id: `rollout-${group}`,
    kind: 'rollout',
    target: `group/${group}`,
    class: 'idempotent-set',
    needs: [],
  }
}

/** The layers of a vector, in order. `KONOR_PLAN_ENTRIES_MISSING` when a pinned version is not at hand. */
export function layersOf(vector: PinVector, entriesOf: EntriesOf): Layer[] {
  return vector.sets.map(path => ({ path, entries: entriesAt(vector, path, entriesOf) }))
}

function entriesAt(vector: PinVector, path: string, entriesOf: EntriesOf): Entries {
  const pin = vector.pins[path]
  if (pin?.digest === NO_ENTRIES_DIGEST) return NO_ENTRIES
  const entries = pin === undefined ? undefined : entriesOf(pin.digest)
  if (entries !== undefined) return entries
  const details = { path, version: pin?.version, digest: pin?.digest }
  throw new KonorError(
    'KONOR_PLAN_ENTRIES_MISSING',
    `The entries of ${path} at version ${pin?.version} are not at hand`,
    {
      details,
    },
  )
}
