import { defineChart } from '../vocabulary/define-chart.ts'
import { jobAddress } from '../vocabulary/addresses.ts'
import { emit, tell } from '../vocabulary/instruction.ts'

/** An API key: only its digest is kept. */
export interface ApiKey {
  readonly id: string
  readonly digest: string
  readonly scopes: readonly string[]
}

export interface ClusterContext {
  readonly id: string
  readonly keys: readonly ApiKey[]
  readonly frozen: { readonly by: string; readonly atMs: number } | null
  /** Jobs that wait for the thaw, in the order they came. */
  readonly waiting: readonly string[]
}

export type ClusterEvent =
  | { readonly type: 'FREEZE'; readonly by: string }
  | { readonly type: 'THAW' }
  | { readonly type: 'ENTER'; readonly job: string }
  | { readonly type: 'WITHDRAW'; readonly job: string }

/** The gate that every job passes just before it rolls: closed while frozen. A rollback does not come this way. */
export const clusterChart = defineChart<ClusterContext>({
  kind: 'cluster',
  name: 'cluster@1',
  initialContext: input => ({
    ...(input as unknown as Pick<ClusterContext, 'id' | 'keys'>),
    frozen: null,
    waiting: [],
  }),
  config: {
    initial: 'open',
    states: {
      open: {
        on: {
          ENTER: { actions: 'admit' },
          FREEZE: { target: 'frozen', actions: ['noteFreeze', 'announceFreeze'] },
        },
      },
      frozen: {
        on: {
          ENTER: { actions: ['keepWaiting', 'tellFrozen'] },
          WITHDRAW: { actions: 'withdraw' },
          THAW: { target: 'open', actions: ['announceThaw', 'admitWaiting', 'forgetFreeze'] },
        },
      },
    },
  },
  guards: {},
  updates: {
    noteFreeze: (_, event: { readonly by: string; readonly at: { readonly wallMs: number } }) => ({
      frozen: { by: event.by, atMs: event.at.wallMs },
    }),
    forgetFreeze: () => ({ frozen: null, waiting: [] }),
    keepWaiting: ({ waiting }, event: { readonly job: string }) => ({ waiting: [...waiting, event.job] }),
    withdraw: ({ waiting }, event: { readonly job: string }) => ({
      waiting: waiting.filter(id => id !== event.job),
    }),
  },
  instructions: {
    admit: (_, event: { readonly job: string }) => tell(jobAddress(event.job), { type: 'ADMITTED' }),
    tellFrozen: (_, event: { readonly job: string }) => tell(jobAddress(event.job), { type: 'FROZEN' }),
    admitWaiting: ({ waiting }) => waiting.map(job => tell(jobAddress(job), { type: 'ADMITTED' })),
    announceFreeze: (_, event: { readonly by: string }) => [
      { do: 'reply', body: null },
      emit('cluster.frozen', { by: event.by }),
    ],
    announceThaw: () => [{ do: 'reply', body: null }, emit('cluster.thawed', {})],
  },
})
