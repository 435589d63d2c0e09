import { jobAddress, tokenAddress } from '../../actors/vocabulary/addresses.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { JobInput } from '../../actors/job/context.ts'
import { TOKEN_USES_MAX, type TokenContext } from '../../actors/token/chart.ts'
import { contextOf } from '../kernel/actor-record.ts'
import { builtInPolicies } from '../../policies/built-in.ts'
import type { Caller, Control } from '../engine/control.ts'
import type { Leader, Preparation, Prepared, Recorded } from '../engine/leader.ts'
import { groupNamed } from '../engine/observe.ts'
import {
  idempotencyOf,
  inputOf,
  type JobRequest,
  plainJob,
  prepareApply,
  prepareDeleteSet,
  prepareEntries,
  prepareRetry,
} from '../engine/prepare-apply.ts'
import type { ManifestSource } from '../manifest/manifest-source.ts'
import { parseManifests } from '../manifest/parse-manifests.ts'
import type { Random } from '../ports/random.ts'
import type { Clock } from '../ports/clock.ts'
import { newId } from './new-id.ts'
import { previewDiff, previewPlan } from './preview.ts'
import type { TokenMint } from './token-mint.ts'

/** How long a token may be redeemed when nothing else is said. */
export const TOKEN_EXPIRES_MS = 24 * 60 * 60 * 1_000

export type ControlWrites = Pick<
  Control,
  | 'apply'
  | 'plan'
  | 'diff'
  | 'changeEntries'
  | 'remove'
  | 'rollout'
  | 'rollback'
  | 'cancelJob'
  | 'retryJob'
  | 'createToken'
  | 'revokeToken'
  | 'drainNode'
  | 'removeNode'
  | 'freeze'
  | 'thaw'
  | 'barrier'
>

export interface WritesOptions {
  readonly leader: Leader
  readonly clock: Clock
  readonly random: Random
  readonly tokens: TokenMint
  /** Views of what was just written come from the read half. */
  readonly reads: Pick<Control, 'job' | 'node'>
}

/** The writing half of `Control`: every method is one input, and resolves when its record is durable. */
export function createWrites({ leader, clock, random, tokens, reads }: WritesOptions): ControlWrites {
  const policyNames = new Map([...builtInPolicies].map(([name, policy]) => [name, policy.options]))
  const documentsOf = (sources: readonly ManifestSource[]) => parseManifests(sources, policyNames)
  const request = (caller: Caller, action: string, options: JobRequest['options'] = {}): JobRequest => ({
    id: newId(clock, random),
    caller,
    action,
    options,
  })
  const submitJob = async (prepare: (preparation: Preparation) => Prepared) =>
    reads.job(jobOf(await leader.submit(prepare)))
  const submitPlain = (caller: Caller, route: string, body: object): Promise<Recorded> =>
    leader.submit(() => ({ input: inputOf(caller, route, body) }))

  return {
    async apply(sources, options, caller) {
      const documents = documentsOf(sources)
      const asked = request(caller, 'apply', options)
      return submitJob(preparation => prepareApply(preparation, asked, documents))
    },
    plan: async sources => previewPlan(leader, documentsOf(sources)),
    diff: async sources => previewDiff(leader, documentsOf(sources)),
    async changeEntries(change, caller) {
      const asked = request(caller, 'config.change')
      return submitJob(preparation => prepareEntries(preparation, asked, change))
    },
    async remove(kind, name, ifMatchVersion, caller) {
      const asked = request(caller, `${kind}.delete`)
      if (kind === 'configset') {
        return submitJob(preparation => prepareDeleteSet(preparation, asked, name, ifMatchVersion))
      }
      const job =
        kind === 'group'
          ? plainJob(asked, 'delete-group', [name], [`group/${name}`])
          : plainJob(asked, 'apply', [], [])
      return submitJob(() => ({ input: inputOf(caller, `delete-${kind}`, { job, [kind]: name }) }))
    },
    async rollout(group, action, caller) {
      if (action === 'retry') {
        const asked = request(caller, 'rollout.retry')
        return submitJob(preparation => prepareRetry(preparation, asked, group))
      }
      const holder = groupNamed(leader.view, group)?.holder
      await submitPlain(caller, 'control', { group, action })
      if (holder === undefined || holder === null) throw notFound('rollout of group', group)
      return reads.job(holder)
    },
    async rollback(group, toRevision, caller) {
      const job = plainJob(request(caller, 'rollout.rollback'), 'rollback', [group], [])
      const body = { job, group, to: toRevision ?? null, idempotency: idempotencyOf(caller) }
      return submitJob(() => ({ input: inputOf(caller, 'rollback', body) }))
    },
    async cancelJob(id, mode, caller) {
      await submitPlain(caller, 'cancel', { job: id, mode })
      return reads.job(id)
    },
    async retryJob(id, caller) {
      const asked = request(caller, 'job.retry')
      return submitJob(preparation => prepareRetryOf(preparation, asked, id))
    },
    async createToken(group, { uses = 1, expiresInMs = TOKEN_EXPIRES_MS }, caller) {
      if (!Number.isSafeInteger(uses) || uses < 1 || uses > TOKEN_USES_MAX) {
        throw invalid(`uses must be 1 to ${TOKEN_USES_MAX}`)
      }
      if (!Number.isSafeInteger(expiresInMs) || expiresInMs < 1_000)
        throw invalid('expires must be a second or more')
      const expiresAtMs = clock.wallMs() + expiresInMs
      const fresh = newId(clock, random)
      const { body } = await submitPlain(caller, 'create-token', {
        id: fresh,
        group,
        uses,
        expiresAtMs,
        secretDigest: digestOfBytes(Buffer.from(tokens.secretOf(fresh))),
        idempotency: idempotencyOf(caller),
      })
      // The id is an older one when the request repeats an earlier one: its secret is derived, so it is the
      // same.
      const id = (body as { readonly token: string }).token
      const made = leader.view.get(tokenAddress(id))
      const kept = made === undefined ? { uses, expiresAtMs } : contextOf<TokenContext>(made)
      return {
        id,
        token: tokens.textOf(id, group),
        uses: kept.uses,
        expiresAt: new Date(kept.expiresAtMs).toISOString(),
      }
    },
    async revokeToken(id, caller) {
      await submitPlain(caller, 'revoke-token', { id })
    },
    async drainNode(name, caller) {
      await submitPlain(caller, 'drain-node', { node: name })
      return reads.node(name)
    },
    async removeNode(name, caller) {
      await submitPlain(caller, 'remove-node', { node: name })
    },
    async freeze(caller) {
      await submitPlain(caller, 'freeze', {})
    },
    async thaw(caller) {
      await submitPlain(caller, 'thaw', {})
    },
    async barrier() {
      const system: Caller = { principal: 'system', scopes: ['admin'] }
      const { timeline, seq } = await submitPlain(system, 'barrier', {})
      return `${timeline}-${seq}`
    },
  }
}

/** A job that failed is tried again by a new one: its groups' held pins go to their heads. */
function prepareRetryOf(preparation: Preparation, asked: JobRequest, id: string): Prepared {
  const record = preparation.view.get(jobAddress(id))
  if (record === undefined) throw notFound('job', id)
  const { groups } = record.snapshot.context as JobInput
  const [group] = groups
  if (group === undefined || groups.length > 1) {
    throw new KonorError(
      'KONOR_ENGINE_NOT_POSSIBLE',
      `job ${id} concerns ${groups.length} groups: retry each with 'konor rollout retry GROUP'`,
      { details: { job: id, groups } },
    )
  }
  return prepareRetry(preparation, asked, group)
}

function jobOf({ body }: Recorded): string {
  return (body as { readonly job: string }).job
}

function notFound(what: string, name: string): KonorError {
  return new KonorError('KONOR_ENGINE_NOT_FOUND', `there is no ${what} ${name}`, { details: { what, name } })
}

function invalid(message: string): KonorError {
  return new KonorError('KONOR_ENGINE_INVALID', message)
}
