import { jobAddress } from '../vocabulary/addresses.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { tell } from '../vocabulary/instruction.ts'

export interface LockContext {
  readonly resource: string
  readonly holder: string | null
  /** Journal time since when it is held. */
  readonly sinceMs: number
  /** Fencing token: rises with every grant. */
  readonly token: number
  /** Jobs that wait, first come first served. */
  readonly queue: readonly string[]
}

export type LockEvent =
  | { readonly type: 'ACQUIRE'; readonly job: string }
  | { readonly type: 'RELEASE'; readonly job: string }

interface ByJob {
  readonly job: string
  readonly at: { readonly timeMs: number }
}

/** A lock on one resource: fair, with its holder and a fencing token. Jobs take several in the order of their names. */
export const lockChart = defineChart<LockContext>({
  kind: 'lock',
  name: 'lock@1',
  initialContext: (input, at) => ({
    resource: (input as { readonly resource: string }).resource,
    holder: null,
    sinceMs: at.timeMs,
    token: 0,
    queue: [],
  }),
  config: {
    initial: 'free',
    states: {
      free: { on: { ACQUIRE: { target: 'held', actions: ['hold', 'grant'] } } },
      held: {
        on: {
          ACQUIRE: { actions: 'enqueue' },
          RELEASE: [
            { guard: 'isHolderWithQueue', actions: ['passOn', 'grant'] },
            { guard: 'isHolder', target: 'free', actions: 'free' },
            { actions: 'leaveQueue' },
          ],
        },
      },
    },
  },
  guards: {
    isHolder: ({ holder }, event: ByJob) => event.job === holder,
    isHolderWithQueue: ({ holder, queue }, event: ByJob) => event.job === holder && queue.length > 0,
  },
  updates: {
    hold: ({ token }, event: ByJob) => ({ holder: event.job, sinceMs: event.at.timeMs, token: token + 1 }),
    enqueue: ({ queue }, event: ByJob) => ({ queue: [...queue, event.job] }),
    leaveQueue: ({ queue }, event: ByJob) => ({ queue: queue.filter(job => job !== event.job) }),
    passOn: ({ queue, token }, event: ByJob) => ({
      holder: queue[0] ?? null,
      queue: queue.slice(1),
      sinceMs: event.at.timeMs,
      token: token + 1,
    }),
    free: () => ({ holder: null }),
  },
  instructions: {
    grant: ({ holder, resource, token }) =>
      holder === null ? [] : tell(jobAddress(holder), { type: 'LOCK_GRANTED', resource, token }),
  },
})
