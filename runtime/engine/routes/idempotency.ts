import { requestAddress } from '../../../actors/vocabulary/addresses.ts'
import { type Instruction, spawn } from '../../../actors/vocabulary/instruction.ts'
import { REQUESTS_MAX, type RequestContext } from '../../../actors/request/chart.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import type { Routed } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { refuse } from './refusals.ts'

/** A request's claim to be done once: `key` is the digest of principal and key, `digest` that of the request. */
export interface Idempotency {
  readonly key: string
  readonly digest: string
}

/** What the first request of this key was answered with, or a refusal, or undefined when it is the first. */
export function settledBefore(view: StateView, idempotency: Idempotency | null): Routed | undefined {
  if (idempotency === null) return undefined
  const record = view.get(requestAddress(idempotency.key))
  if (record === undefined) {
    return view.count('request') < REQUESTS_MAX
      ? undefined
      : refuse('KONOR_ENGINE_QUEUE_FULL', `${REQUESTS_MAX} idempotency keys are remembered already`, {
          bound: 'REQUESTS_MAX',
          max: REQUESTS_MAX,
        })
  }
  const { digest, answer } = contextOf<RequestContext>(record)
  if (digest === idempotency.digest) return { instructions: [], reply: { ...answer } }
  return refuse('KONOR_ENGINE_IDEMPOTENCY_REUSED', 'this idempotency key was used for another request')
}

/** Remembers what this request is answered with. */
export function remember(idempotency: Idempotency | null, answer: RequestContext['answer']): Instruction[] {
  if (idempotency === null) return []
  return [spawn(requestAddress(idempotency.key), { digest: idempotency.digest, answer })]
}
