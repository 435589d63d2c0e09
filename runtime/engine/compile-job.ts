import type { JobOutcome, JobPlan } from '../../actors/job/context.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { Blob } from '../journal/journal.ts'
import type { StateView } from '../kernel/kernel-state.ts'
import type { Entries, ManifestDocument } from '../manifest/manifest-document.ts'
import { compilePlan } from '../planner/compile-plan.ts'
import { digestsNeeded, digestsOfGroup } from '../planner/digests-needed.ts'
import type { Desired, EntriesOf, Observed } from '../planner/observed.ts'
import { encodePlan } from '../planner/plan.ts'
import type { Compiled } from '../planner/planning.ts'
import { planRetry } from '../planner/plan-retry.ts'
import { BlobsNeeded, type Preparation } from './leader.ts'
import { groupNamed, observe } from './observe.ts'

/**
 * A job's plan, ready to be an input: what the state keeps of it, and the blobs that must be durable with it.
 */
export interface CompiledJob {
  readonly compiled: Compiled
  readonly plan: JobPlan
  readonly blobs: readonly Blob[]
}

/**
 * What is to be compiled: documents that are not declared yet, paths whose head moved already, or a retry.
 */
export interface Wish {
  readonly documents: readonly ManifestDocument[]
  readonly touched: readonly string[]
  readonly removed: readonly string[]
  /** Groups that the job made, or whose list of sets it changed, and that are declared already. */
  readonly relayered: readonly string[]
  /** The group that a retry is about. */
  readonly retry?: string
  /**
   * The groups whose locks the job holds. One that began to layer a touched path since is the business of the job that
   * declared it so: this one could neither begin a rollout there nor ever end.
   */
  readonly only?: readonly string[]
}

/**
 * Compiles against the state as `preparation` sees it; asks for blobs that are not in memory by
 * `BlobsNeeded`.
 */
export function compileJob(preparation: Preparation, wish: Wish): CompiledJob {
  const { view } = preparation
  const paths = new Set([...wish.touched, ...wish.removed])
  for (const document of wish.documents) {
    if (document.kind === 'ConfigSet') paths.add(document.path)
    if (document.kind === 'Group') for (const path of document.sets) paths.add(path)
  }
  const groups = new Set(wish.relayered)
  if (wish.retry !== undefined) groups.add(wish.retry)
  const policies = new Set<string>()
  for (const document of wish.documents) {
    if (document.kind !== 'Group') continue
    groups.add(document.name)
    policies.add(document.policy)
  }
  const observed = within(observe(view, { paths, groups, policies }), wish.only)
  const { documents, touched, removed, relayered, retry } = wish
  const desired: Desired = { documents, touched, removed, relayered }
  const needed = retry === undefined ? digestsNeeded(desired, observed) : digestsOfGroup(retry, observed)
  const entriesOf = entriesIn(preparation, needed)
  const compiled =
    retry === undefined
      ? compilePlan(desired, observed, entriesOf)
      : planRetry(retry, undefined, observed, entriesOf)
  const planBytes = encodePlan(compiled.plan)
  const planBlob = { digest: digestOfBytes(planBytes), bytes: planBytes }
  return {
    compiled,
    plan: {
      digest: compiled.plan.digest,
      blob: planBlob.digest,
      groups: compiled.groupPlans,
    },
    blobs: [...compiled.bundles.map(({ digest, bytes }) => ({ digest, bytes })), planBlob],
  }
}

/**
 * Jobs that tried this very content after this job was accepted: it shares their outcome instead of repeating
 * it.
 */
export function sharedOutcomes(
  view: StateView,
  plan: JobPlan,
  job: { readonly id: string; readonly createdSeq: number },
): readonly (JobOutcome & { readonly job: string })[] {
  return plan.groups.flatMap(({ group, digest }) => {
    const context = groupNamed(view, group)
    const attempt = context?.attempt
    if (attempt === undefined || attempt === null || attempt.job === job.id) return []
    if (attempt.digest !== digest || attempt.seq < job.createdSeq || attempt.outcome === 'pending') return []
    const outcome = attempt.outcome
    return [
      {
        group,
        revision: context?.lastRevision ?? null,
        outcome,
        reason: `shared with ${attempt.job}`,
        job: attempt.job,
      },
    ]
  })
}

function within(observed: Observed, only: readonly string[] | undefined): Observed {
  if (only === undefined) return observed
  const groups = Object.fromEntries(Object.entries(observed.groups).filter(([name]) => only.includes(name)))
  return { ...observed, groups }
}

function entriesIn({ blob }: Preparation, needed: readonly Digest[]): EntriesOf {
  const missing = needed.filter(digest => {
    try {
      blob(digest)
      return false
    } catch (thrown) {
      if (thrown instanceof BlobsNeeded) return true
      throw thrown
    }
  })
  if (missing.length > 0) throw new BlobsNeeded(missing)
  const decoded = new Map<Digest, Entries>()
  return digest => {
    const held = decoded.get(digest)
    if (held !== undefined) return held
    const entries = decodeCanonical(blob(digest)) as Entries
    decoded.set(digest, entries)
    return entries
  }
}
