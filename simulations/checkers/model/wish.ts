import type { ClusterModel } from './cluster-model.ts'
import type { GroupModel } from './group-model.ts'
import { msOf } from './policy-rules.ts'
import type { Revision } from './revision-model.ts'
import type { Standing } from './standing.ts'

export interface Offered {
  readonly revision: number
  readonly digest: string
  readonly activate: boolean
  readonly prepareTimeoutMs: number
  readonly applyTimeoutMs: number
}

/** The candidate that a link heard last. */
export interface HeardOffer {
  readonly candidate: Offered
  readonly whileHeld: boolean
}

/** What central must want of one node for one group. */
export interface Wish {
  readonly removed: boolean
  readonly retry: number
  readonly committed: { readonly revision: number; readonly digest: string } | null
  readonly applyTimeoutMs: number | undefined
  readonly candidate: Offered | null
}

/**
 * By the documents: who belongs to the group gets what is committed, and the candidate as far as its policy went; what
 * is held begins nowhere anew, and takes back nothing that may run, nor what was told while it was held.
 */
export function wishOf(model: ClusterModel, name: string, node: string, told: HeardOffer | null): Wish {
  const group = model.groups.get(name)
  const found = model.nodes.subscription(node, name)
  const isGone = group === undefined || group.state === 'deleted'
  const retry = isGone ? 0 : group.retry
  const nothing = { retry, committed: null, applyTimeoutMs: undefined, candidate: null }
  if (isGone || found?.group !== group) return { ...nothing, removed: true }
  const share = found.isDraining
    ? keptBy(model, group, found.standing)
    : shareOf(model, group, found.standing, told)
  const applyTimeoutMs =
    share.committed === null ? undefined : timeoutOf(model.declarations.policyOf(group.policy).options)
  return { retry, removed: false, ...share, applyTimeoutMs }
}

/** What is rolled out begins with nobody anew: it is paused, or everything is frozen. */
export function isHeld(model: ClusterModel, name: string): boolean {
  const group = model.groups.get(name)
  return group !== undefined && offered(group) !== null && (group.isPaused || model.isFrozen)
}

type Share = Pick<Wish, 'committed' | 'candidate'>

function shareOf(model: ClusterModel, group: GroupModel, standing: Standing, told: HeardOffer | null): Share {
  return { committed: generation(group.committed), candidate: candidateOf(model, group, standing, told) }
}

function candidateOf(
  model: ClusterModel,
  group: GroupModel,
  { active, progress }: Standing,
  told: HeardOffer | null,
): Offered | null {
  const candidate = offered(group)
  if (candidate === null) return null
  const phase = progress?.revision === candidate.revision ? progress.phase : 'none'
  const isTold = told?.candidate.revision === candidate.revision
  const mayRunIt =
    active === candidate.revision ||
    ['activated', 'applied'].includes(phase) ||
    (isTold && told.candidate.activate)
  if (mayRunIt) return { ...candidate, activate: true }
  const hasBegun = !['none', 'staging'].includes(phase) || (isTold && told.whileHeld)
  return isHeld(model, group.name) && !hasBegun ? null : candidate
}

/** A draining node goes on with what it runs, unless that was undone: then the way back reaches it, too. */
function keptBy(_model: ClusterModel, group: GroupModel, { active }: Standing): Share {
  const candidate = offered(group)
  if (active !== null && active === candidate?.revision)
    return { committed: generation(group.committed), candidate: { ...candidate, activate: true } }
  const known = group.revisions.find(({ revision }) => revision === active)
  if (active === null || known === undefined) return { committed: null, candidate: null }
  return { committed: generation(known.outcome === 'committed' ? known : group.committed), candidate: null }
}

/** The candidate for one who begins now: `strong` lets nobody run it before its commit, a pause nobody anew. */
function offered(group: GroupModel): Offered | null {
  const { candidate, rollout } = group
  if (candidate === null || rollout?.rules === undefined || rollout.rules === null) return null
  const { uses, options } = rollout.rules
  return {
    revision: candidate.revision,
    digest: candidate.digest,
    activate: uses === 'eventual' && !group.isPaused,
    prepareTimeoutMs: msOf(String(options['prepareTimeout'])),
    applyTimeoutMs: timeoutOf(options),
  }
}

function timeoutOf(options: Readonly<Record<string, unknown>>): number {
  return msOf(String(options['applyTimeout']))
}

function generation(one: Revision | null): Wish['committed'] {
  return one === null ? null : { revision: one.revision, digest: one.digest }
}

/** A wish, or a desire as it was sent, as text: what an agent acts on, and nothing else. */
export function wishText(wish: Wish): string {
  const { removed, retry, committed, candidate, applyTimeoutMs } = wish
  if (removed) return 'to be forgotten'
  const inTime = applyTimeoutMs === undefined ? '' : ` within ${applyTimeoutMs}`
  const kept =
    committed === null ? 'nothing' : `${committed.revision}:${committed.digest.slice(0, 8)}${inTime}`
  if (candidate === null) return `${kept}, retry ${retry}`
  const { revision, digest, activate, prepareTimeoutMs, applyTimeoutMs: within } = candidate
  const how = `${activate ? 'run' : 'stage'} ${revision}:${digest.slice(0, 8)} within ${prepareTimeoutMs} and ${within}`
  return `${kept}, ${how}, retry ${retry}`
}
