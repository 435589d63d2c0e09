import type { CborValue } from '../vocabulary/canonical/cbor-value.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit } from '../vocabulary/instruction.ts'

export interface PolicyContext {
  readonly name: string
  /** The built-in policy whose chart decides. */
  readonly uses: string
  readonly with: Readonly<Record<string, CborValue>>
  readonly digest: string
  readonly atMs: number
  readonly by: string
}

export type PolicyEvent =
  | ({ readonly type: 'DECLARE' } & Omit<PolicyContext, 'atMs'>)
  | { readonly type: 'DELETE' }

/** A declared policy: a name for a built-in chart with its options. Rollouts under way keep what they began with. */
export const policyChart = defineChart<PolicyContext>({
  kind: 'policy',
  name: 'policy@1',
  initialContext: (input, at) => ({ ...(input as unknown as PolicyContext), atMs: at.wallMs }),
  config: {
    initial: 'declared',
    states: {
      declared: {
        entry: 'announce',
        on: {
          DECLARE: { actions: ['replace', 'announce'] },
          DELETE: { target: 'deleted', actions: 'announceDeleted' },
        },
      },
      deleted: { type: 'final' },
    },
  },
  guards: {},
  updates: {
    replace: (
      _,
      event: Pick<PolicyContext, 'uses' | 'with' | 'digest' | 'by'> & {
        readonly at: { readonly wallMs: number }
      },
    ) => ({ uses: event.uses, with: event.with, digest: event.digest, by: event.by, atMs: event.at.wallMs }),
  },
  instructions: {
    announce: ({ name, digest, by }) => emit('policy.declared', { policy: name, digest, by }),
    announceDeleted: ({ name }) => emit('policy.deleted', { policy: name }),
  },
})
