import { configSetAddress, type Address } from '../../../actors/vocabulary/address.ts'
import { groupAddress, jobAddress, lockAddress, policyAddress } from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { type Instruction, spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import type { ConfigSetContext } from '../../../actors/configset/chart.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { JobInput } from '../../../actors/job/context.ts'
import { contextOf, isDone } from '../../kernel/actor-record.ts'
import type { Audit, Route, Routed } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { type Idempotency, remember, settledBefore } from './idempotency.ts'
import { refuse } from './refusals.ts'

/** Jobs that may be under way at once: past it an apply is told to come back. */
export const JOBS_OPEN_MAX = 10_000

/**
 * One path's new version, as the dispatcher prepared it. `base` is the head it was made from; 0: there was
 * none.
 */
export interface SetChange {
  readonly path: string
  readonly base: number
  /** Null deletes the path. */
  readonly declare: {
    readonly digest: string
    readonly versions: string
    readonly keys: number
    readonly sizeBytes: number
    readonly labels: Readonly<Record<string, string>>
  } | null
}

export interface DeclareBody {
  readonly job: JobInput
  readonly sets: readonly SetChange[]
  readonly groups: readonly {
    readonly name: string
    readonly sets: readonly string[]
    readonly policy: string
    readonly labels: Readonly<Record<string, string>>
  }[]
  readonly policies: readonly {
    readonly name: string
    readonly uses: string
    readonly with: Readonly<Record<string, CborValue>>
    readonly digest: string
  }[]
  /** Groups whose quarantines an admin's retry lifts. */
  readonly retry: readonly string[]
  readonly idempotency: Idempotency | null
  readonly action: string
}

/**
 * Declares atomically and accepts the job, in one record: every base must still hold, or nothing happens. So
 * two racing writes cannot both pass, and reading a path gives the new head as soon as the job is accepted.
 */
export const declareRoute: Route = (view, input) => {
  const body = input.body as unknown as DeclareBody
  const audit: Audit = {
    action: body.action,
    resource: resourceOf(body),
    detail: {
      job: body.job.id,
      sets: body.sets.map(({ path, base, declare }) => ({
        path,
        before: base,
        after: base + 1,
        digest: declare?.digest ?? null,
      })),
      groups: body.groups.map(({ name }) => name),
      policies: body.policies.map(({ name }) => name),
    },
  }
  const settled = settledBefore(view, body.idempotency)
  if (settled !== undefined) return settled
  const refused = movedBase(view, body, audit) ?? tooMany(view, audit)
  if (refused !== undefined) return refused
  return {
    audit,
    reply: { job: body.job.id },
    instructions: [
      ...body.policies.map(policy =>
        declared(view, policyAddress(policy.name), { ...policy, by: input.by }, 'DECLARE'),
      ),
      ...body.sets.map(change => declareSet(view, change, input.by, body.job.id)),
      ...body.groups.map(group => declareGroup(view, group)),
      ...body.retry.map(group => tell(groupAddress(group), { type: 'RETRY' })),
      ...remember(body.idempotency, { job: body.job.id }),
      ...acceptJob(view, body.job),
    ],
  }
}

/** A job and the locks that it will ask for. */
export function acceptJob(view: StateView, job: JobInput): Instruction[] {
  return [
    ...job.locks
      .filter(resource => view.get(lockAddress(resource)) === undefined)
      .map(resource => spawn(lockAddress(resource), { resource })),
    spawn(jobAddress(job.id), job as unknown as CborValue),
  ]
}

export function tooMany(view: StateView, audit: Audit): Routed | undefined {
  if (view.count('job') - view.ended('job').length < JOBS_OPEN_MAX) return undefined
  return refuse(
    'KONOR_ENGINE_QUEUE_FULL',
    `${JOBS_OPEN_MAX} jobs are under way already: wait for some to end`,
    { bound: 'JOBS_OPEN_MAX', max: JOBS_OPEN_MAX },
    audit,
  )
}

function movedBase(view: StateView, body: DeclareBody, audit: Audit): Routed | undefined {
  for (const { path, base } of body.sets) {
    const record = view.get(configSetAddress(path))
    const head = record === undefined ? 0 : contextOf<ConfigSetContext>(record).head.version
    if (head !== base) {
      const moved = { path, expected: base, found: head }
      return refuse('KONOR_ENGINE_VERSION_MOVED', `${path} is at version ${head}, not ${base}`, moved, audit)
    }
  }
  return undefined
}

function declared(
  view: StateView,
  address: Address,
  body: Readonly<Record<string, CborValue>>,
  event: string,
): Instruction {
  const record = view.get(address)
  return record === undefined || isDone(record)
    ? spawn(address, body)
    : tell(address, { type: event, ...body })
}

function declareGroup(view: StateView, group: DeclareBody['groups'][number]): Instruction {
  const record = view.get(groupAddress(group.name))
  if (record !== undefined && !isDone(record))
    return tell(groupAddress(group.name), { type: 'RESPEC', ...group })
  const lastRevision = record === undefined ? 0 : contextOf<GroupContext>(record).lastRevision
  return spawn(groupAddress(group.name), { ...group, lastRevision })
}

function declareSet(view: StateView, { path, declare }: SetChange, by: string, job: string): Instruction {
  const address = configSetAddress(path)
  if (declare === null) return tell(address, { type: 'DELETE', by, job })
  const body = { ...declare, by, job }
  return view.get(address) === undefined
    ? spawn(address, { path, ...body })
    : tell(address, { type: 'DECLARE', ...body })
}

function resourceOf({ job, sets, groups, policies, retry }: DeclareBody): string {
  const [set] = sets
  if (set !== undefined) return configSetAddress(set.path)
  const [group] = groups
  if (group !== undefined) return groupAddress(group.name)
  const [policy] = policies
  if (policy !== undefined) return policyAddress(policy.name)
  const [retried] = retry
  // A change that changes nothing is about nothing but its job.
  return retried === undefined ? jobAddress(job.id) : groupAddress(retried)
}
