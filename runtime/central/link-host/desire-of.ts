import type { ClusterContext } from '../../../actors/cluster/chart.ts'
import type { GroupContext, GroupRevision } from '../../../actors/group/context.ts'
import type { JobContext } from '../../../actors/job/context.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import type { PolicyContext } from '../../../actors/policy/chart.ts'
import type { RolloutContext } from '../../../actors/rollout/context.ts'
import type { SubscriptionContext } from '../../../actors/subscription/chart.ts'
import {
  CLUSTER,
  groupAddress,
  jobAddress,
  nodeAddress,
  policyAddress,
  rolloutAddress,
  subscriptionAddress,
} from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import type { Candidate, Desire } from '../../../actors/vocabulary/desire.ts'
import type { Generation } from '../../../actors/vocabulary/revision.ts'
import { builtInPolicies } from '../../../policies/built-in.ts'
import { durationMs } from '../../../policies/vocabulary/duration.ts'
import { type ActorRecord, contextOf, isDone, isIn } from '../../kernel/actor-record.ts'
import type { Position, StateView } from '../../kernel/kernel-state.ts'

/** What a policy without these options gives processes. */
const PREPARE_TIMEOUT_DEFAULT = '30s'
const APPLY_TIMEOUT_DEFAULT = '60s'

/** What a group wants of its nodes, before it is narrowed to one of them: made once for all. */
export interface GroupWish {
  readonly group: string
  /** The group is gone: it wants nothing but to be forgotten. */
  readonly isGone: boolean
  readonly committed: Generation | null
  readonly retry: number
  /** What is being rolled out, as a node may have it that begins now; null when nothing is, or not yet. */
  readonly candidate: Candidate | null
  /** How long processes may take to apply what is committed. */
  readonly applyTimeoutMs: number
  /** Paused or frozen: who did not stage the candidate yet does not begin with it. */
  readonly isHeld: boolean
  /** What a draining node may still run is looked up here. */
  readonly revisions: readonly GroupRevision[]
  /** W3C trace id of the job behind it. */
  readonly trace: string | null
}

/** The candidate that a node heard last on its present link. */
export interface Told {
  readonly candidate: Candidate
  /** It was held by then: the node had said that it has begun with it. */
  readonly whileHeld: boolean
}

/** How much of a wish is for one node. */
export interface Share {
  readonly committed: Generation | null
  readonly candidate: Candidate | null
  readonly removed: boolean
}

const NOTHING: Share = { committed: null, candidate: null, removed: false }
const REMOVED: Share = { committed: null, candidate: null, removed: true }

/**
 * What central wants of `node` for `group`, from the state alone. `told` is what this node heard last on its present
 * link: a candidate that it was told to activate it may be running by now, so a pause does not take it back. Nor is one
 * taken back that it was told while that was held: what the node says of itself may answer an older word, and central
 * and node would go on answering one another.
 */
export function desireOf(
  view: StateView,
  position: Position,
  group: string,
  node: string,
  told: Told | null = null,
): Desire {
  const wish = groupWishOf(view, group)
  const share = shareOf(wish, view.get(subscriptionAddress(group, node)), told)
  return desireFrom(wish, share, position)
}

/** A share of a wish as the desire that an agent gets. */
export function desireFrom(wish: GroupWish, share: Share, { timeline, epoch }: Position): Desire {
  const { group, retry, applyTimeoutMs } = wish
  const desire = { group, timeline, epoch, retry, ...share }
  return share.committed === null ? desire : { ...desire, applyTimeoutMs }
}

/** The groups that a node belongs to, in the order of their names. */
export function groupsOf(view: StateView, node: string): readonly string[] {
  const record = view.get(nodeAddress(node))
  if (record === undefined || isDone(record)) return []
  return Object.keys(contextOf<NodeContext>(record).groups)
    .filter(group => !isGone(view.get(groupAddress(group))))
    .filter(group => !isGone(view.get(subscriptionAddress(group, node))))
    .sort()
}

/** What a group wants of its nodes now. */
export function groupWishOf(view: StateView, group: string): GroupWish {
  const record = view.get(groupAddress(group))
  if (record === undefined || isDone(record)) return goneWish(group)
  const context = contextOf<GroupContext>(record)
  const rollout = isIn(record, 'rolling') ? rolloutOf(view, context) : undefined
  return {
    group,
    isGone: false,
    committed: context.committed === null ? null : generationOf(context.committed),
    retry: context.retry,
    candidate: rollout === undefined ? null : candidateOf(context, rollout),
    applyTimeoutMs: applyTimeoutOf(view, context),
    isHeld: rollout !== undefined && (rollout.paused || isFrozen(view)),
    revisions: context.revisions,
    trace: traceOf(view, (context.candidate ?? context.committed)?.job),
  }
}

/** Narrows a wish to one node, by its subscription's record. */
export function shareOf(wish: GroupWish, record: ActorRecord | undefined, told: Told | null): Share {
  if (wish.isGone || record === undefined || isGone(record)) return REMOVED
  const subscription = contextOf<SubscriptionContext>(record)
  if (isIn(record, 'draining')) return drainingShare(wish, subscription)
  return { committed: wish.committed, candidate: candidateFor(wish, subscription, told), removed: false }
}

function candidateFor(
  { candidate, isHeld }: GroupWish,
  { active, progress }: SubscriptionContext,
  told: Told | null,
): Candidate | null {
  if (candidate === null) return null
  const { revision } = candidate
  const phase = progress?.revision === revision ? progress.phase : undefined
  const wasActivated = active === revision || phase === 'activated' || phase === 'applied'
  const known = told?.candidate.revision === revision ? told : null
  if (wasActivated || known?.candidate.activate === true) return { ...candidate, activate: true }
  const hasBegun = (phase !== undefined && phase !== 'staging') || known?.whileHeld === true
  return isHeld && !hasBegun ? null : candidate
}

/**
 * A draining node goes on with what it runs and is offered nothing new. What was undone is the exception: the way
 * back from it reaches every node that has it.
 */
function drainingShare(wish: GroupWish, { active }: SubscriptionContext): Share {
  if (active === null) return NOTHING
  const { candidate, committed } = wish
  if (active === candidate?.revision) {
    return { committed, candidate: { ...candidate, activate: true }, removed: false }
  }
  const known = wish.revisions.find(({ revision }) => revision === active)
  if (known === undefined) return NOTHING
  return { ...NOTHING, committed: known.outcome === 'committed' ? generationOf(known) : committed }
}

function rolloutOf(view: StateView, { name, candidate }: GroupContext): RolloutContext | undefined {
  if (candidate === null) return undefined
  const record = view.get(rolloutAddress(name, candidate.revision))
  if (record === undefined || isDone(record)) return undefined
  const rollout = contextOf<RolloutContext>(record)
  return rollout.stage ? rollout : undefined
}

function candidateOf({ candidate }: GroupContext, rollout: RolloutContext): Candidate | null {
  if (candidate === null) return null
  const options = rollout.policy?.options ?? {}
  return {
    ...generationOf(candidate),
    activate: rollout.activate && !rollout.paused,
    prepareTimeoutMs: durationOf(options['prepareTimeout'], PREPARE_TIMEOUT_DEFAULT),
    applyTimeoutMs: durationOf(options['applyTimeout'], APPLY_TIMEOUT_DEFAULT),
  }
}

/**
 * By the group's policy as it is now: what is committed goes to late joiners and returning nodes too, long after its
 * rollout ended, and restored content never had a policy that rolled it out.
 */
function applyTimeoutOf(view: StateView, { policy }: GroupContext): number {
  const record = view.get(policyAddress(policy))
  const declared = record === undefined || isDone(record) ? undefined : contextOf<PolicyContext>(record)
  const defaults = builtInPolicies.get(declared?.uses ?? policy)?.defaults
  return durationOf(declared?.with['applyTimeout'] ?? defaults?.['applyTimeout'], APPLY_TIMEOUT_DEFAULT)
}

function durationOf(option: CborValue | undefined, fallback: string): number {
  return durationMs(typeof option === 'string' ? option : fallback)
}

function generationOf({ revision, digest, sizeBytes }: Generation): Generation {
  return { revision, digest, sizeBytes }
}

function isFrozen(view: StateView): boolean {
  const cluster = view.get(CLUSTER)
  return cluster !== undefined && contextOf<ClusterContext>(cluster).frozen !== null
}

function traceOf(view: StateView, job: string | undefined): string | null {
  const record = job === undefined ? undefined : view.get(jobAddress(job))
  return record === undefined ? null : contextOf<JobContext>(record).trace
}

function isGone(record: ActorRecord | undefined): boolean {
  return record === undefined || isDone(record)
}

function goneWish(group: string): GroupWish {
  return {
    group,
    isGone: true,
    committed: null,
    retry: 0,
    candidate: null,
    applyTimeoutMs: durationMs(APPLY_TIMEOUT_DEFAULT),
    isHeld: false,
    revisions: [],
    trace: null,
  }
}
