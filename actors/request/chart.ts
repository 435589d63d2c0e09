import { defineChart } from '../vocabulary/define-chart.ts'

/** How long an idempotency key is remembered, in journal time. */
export const REQUEST_KEPT_MS = 24 * 60 * 60 * 1_000
/** Idempotency keys remembered at once. */
export const REQUESTS_MAX = 100_000

export interface RequestContext {
  /** Digest of the request that used the key: another one under the same key is refused. */
  readonly digest: string
  /** What the first request was answered with: the job, or the token, that it made. */
  readonly answer: { readonly [field: string]: string | number }
}

/** A remembered idempotency key: it settles what became of a request whose answer was lost. */
export const requestChart = defineChart<RequestContext>({
  kind: 'request',
  name: 'request@1',
  initialContext: input => input as unknown as RequestContext,
  config: {
    initial: 'remembered',
    states: {
      remembered: { after: { kept: 'forgotten' } },
      forgotten: { type: 'final' },
    },
  },
  delays: { kept: () => REQUEST_KEPT_MS },
  guards: {},
  updates: {},
  instructions: {},
})
