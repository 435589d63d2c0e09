import type { JobInput, JobKind } from '../../actors/job/context.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { resolvePolicy } from '../../policies/resolve-policy.ts'
import type { Blob } from '../journal/journal.ts'
import type { Input } from '../kernel/input.ts'
import type { Entries, ManifestDocument } from '../manifest/manifest-document.ts'
import { compileJob, type CompiledJob } from './compile-job.ts'
import type { ApplyOptions, Caller, EntryChange } from './control.ts'
import { changeOf, declaredSet, type DeclaredSet } from './documents-to-changes.ts'
import type { Preparation, Prepared } from './leader.ts'
import { groupNamed, headOf } from './observe.ts'
import type { DeclareBody, SetChange } from './routes/declare.ts'
import type { Idempotency } from './routes/idempotency.ts'

/** What one job asks for, before the state is known: made anew at each fold until its record is durable. */
export interface JobRequest {
  readonly id: string
  readonly caller: Caller
  readonly action: string
  readonly options: ApplyOptions
}

/**
 * Manifests as one input: their sets as new versions, groups and policies, the job, and its plan compiled
 * against the state that the input folds on. So a change whose locks are free needs one durable record before
 * agents hear of it.
 */
export function prepareApply(
  preparation: Preparation,
  request: JobRequest,
  declared: readonly ManifestDocument[],
): Prepared {
  const changes: SetChange[] = []
  const blobs: Blob[] = []
  const documents = declared.filter(document => {
    if (document.kind !== 'ConfigSet') return true
    const head = declaredSet(preparation, document.path)
    const changed = changeOf(document.path, head, document.entries, document.labels)
    if (changed === undefined) return false
    changes.push(changed.change)
    blobs.push(...changed.blobs)
    return true
  })
  const compiled = compileJob(preparation, { documents, touched: [], removed: [], relayered: [] })
  refuseMovedPlan(compiled, request.options)
  const body: DeclareBody = {
    job: jobOf(request, 'apply', compiled, {
      touched: documents.flatMap(document => (document.kind === 'ConfigSet' ? [document.path] : [])),
      relayered: relayeredBy(preparation, documents),
    }),
    sets: changes,
    groups: documents.flatMap(document =>
      document.kind === 'Group'
        ? [{ name: document.name, sets: document.sets, policy: document.policy, labels: document.labels }]
        : [],
    ),
    policies: documents.flatMap(document => {
      if (document.kind !== 'Policy') return []
      const { name, uses, with: options } = document
      return [{ name, uses, with: options, digest: resolvePolicy(document)?.digest ?? '' }]
    }),
    retry: [],
    idempotency: idempotencyOf(request.caller),
    action: request.action,
  }
  return { input: inputOf(request.caller, 'declare', body), blobs: [...blobs, ...compiled.blobs] }
}

/** One path's entries changed key by key, under the version that the caller saw. */
export function prepareEntries(preparation: Preparation, request: JobRequest, change: EntryChange): Prepared {
  const head = declaredSet(preparation, change.path)
  refuseMovedVersion(change, head)
  const entries: Record<string, CborValue> = Object.assign(Object.create(null), head.entries)
  for (const key of change.remove) delete entries[key]
  Object.assign(entries, change.set)
  const document: ManifestDocument = {
    kind: 'ConfigSet',
    path: change.path,
    labels: head.labels,
    entries: entries as Entries,
    origin: { file: 'request', line: 1 },
  }
  return prepareApply(preparation, request, [document])
}

/** Deletes a path: a tombstone that reaches the nodes of every group that layers it. */
export function prepareDeleteSet(
  preparation: Preparation,
  request: JobRequest,
  path: string,
  ifVersion: number | undefined,
): Prepared {
  const head = headOf(preparation.view, path)
  if (head === undefined || 'tombstone' in head) {
    throw new KonorError('KONOR_ENGINE_NOT_FOUND', `there is no ConfigSet ${path}`, { details: { path } })
  }
  if (ifVersion !== undefined && ifVersion !== head.version) throw moved(path, ifVersion, head.version)
  const compiled = compileJob(preparation, { documents: [], touched: [], removed: [path], relayered: [] })
  const body: DeclareBody = {
    job: jobOf(request, 'apply', compiled, { touched: [path], relayered: [] }),
    sets: [{ path, base: head.version, declare: null }],
    groups: [],
    policies: [],
    retry: [],
    idempotency: idempotencyOf(request.caller),
    action: request.action,
  }
  return { input: inputOf(request.caller, 'declare', body), blobs: compiled.blobs }
}

/** Brings a group's held pins to their heads and lets agents forget their quarantines. */
export function prepareRetry(preparation: Preparation, request: JobRequest, group: string): Prepared {
  const found = groupNamed(preparation.view, group)
  if (found === undefined)
    throw new KonorError('KONOR_ENGINE_NOT_FOUND', `there is no group ${group}`, { details: { group } })
  const compiled = compiledRetry(preparation, group)
  const job: JobInput = {
    ...jobOf(request, 'retry', compiled, { touched: found.sets, relayered: [] }),
    groups: [group],
    locks: compiled === undefined ? [] : [`group/${group}`],
  }
  const body: DeclareBody = {
    job,
    sets: [],
    groups: [],
    policies: [],
    retry: [group],
    idempotency: idempotencyOf(request.caller),
    action: request.action,
  }
  return { input: inputOf(request.caller, 'declare', body), blobs: compiled?.blobs ?? [] }
}

/** The id and the fixed part of a job that compiles nothing. */
export function plainJob(
  request: JobRequest,
  kind: JobKind,
  groups: readonly string[],
  locks: readonly string[],
): JobInput {
  return { ...jobOf(request, kind, undefined, { touched: [], relayered: [] }), groups, locks }
}

export function inputOf(caller: Caller, route: string, body: object): Input {
  const trace = traceIdOf(caller.traceparent)
  const input = { route, by: caller.principal, scopes: caller.scopes, body: body as CborValue }
  return trace === null ? input : { ...input, trace }
}

/** A request's claim to be done once, without the key itself: that may be guessable. */
export function idempotencyOf({ principal, idempotencyKey, requestDigest }: Caller): Idempotency | null {
  if (idempotencyKey === undefined) return null
  return { key: digestOf([principal, idempotencyKey]), digest: requestDigest ?? '' }
}

function compiledRetry(preparation: Preparation, group: string): CompiledJob | undefined {
  try {
    return compileJob(preparation, { documents: [], touched: [], removed: [], relayered: [], retry: group })
  } catch (thrown) {
    // Nothing is held back: what is left of a retry is that agents forget their quarantines.
    if (thrown instanceof KonorError && thrown.code === 'KONOR_PLAN_NOTHING_HELD') return undefined
    throw thrown
  }
}

function jobOf(
  { id, caller, options }: JobRequest,
  kind: JobKind,
  compiled: CompiledJob | undefined,
  moved: Pick<JobInput, 'touched' | 'relayered'>,
): JobInput {
  const plan = compiled?.compiled.plan
  const groups = [...(plan?.groups ?? []).map(({ group }) => group), ...(plan?.unchanged ?? [])].sort()
  return {
    id,
    kind,
    by: caller.principal,
    trace: traceIdOf(caller.traceparent),
    ...moved,
    groups,
    planDigest: options.planDigest ?? null,
    onFailure: options.onFailure ?? 'keep',
    locks: groups.map(group => `group/${group}`),
    plan: compiled?.plan ?? null,
    restore: null,
  }
}

function relayeredBy({ view }: Preparation, documents: readonly ManifestDocument[]): string[] {
  return documents.flatMap(document => {
    if (document.kind !== 'Group') return []
    const before = groupNamed(view, document.name)?.sets
    const same =
      before?.length === document.sets.length && document.sets.every((path, index) => path === before[index])
    return same ? [] : [document.name]
  })
}

function refuseMovedPlan({ plan }: CompiledJob, { planDigest }: ApplyOptions): void {
  if (planDigest === undefined || planDigest === plan.digest) return
  throw new KonorError('KONOR_ENGINE_PLAN_MOVED', `the plan is now ${plan.digest}, not ${planDigest}`, {
    details: { expected: planDigest, found: plan.digest },
  })
}

function refuseMovedVersion({ path, ifMatch }: EntryChange, head: DeclaredSet): void {
  if (ifMatch === undefined) return
  const { version, key } = ifMatch
  const found = key === undefined ? (head.deleted ? 0 : head.version) : (head.versions[key] ?? 0)
  if (found !== version) throw moved(key === undefined ? path : `${path}/${key}`, version, found)
}

function moved(what: string, expected: number, found: number): KonorError {
  return new KonorError('KONOR_ENGINE_VERSION_MOVED', `${what} is at version ${found}, not ${expected}`, {
    details: { path: what, expected, found },
  })
}

/** The trace id of a W3C `traceparent`. */
export function traceIdOf(traceparent: string | undefined): string | null {
  return traceparent === undefined ? null : (/^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent)?.[1] ?? null)
}
