import { defineChart } from '../vocabulary/define-chart.ts'

export interface IdentityContext {
  readonly key: string
  readonly node: string
}

/** A public key that may speak for a node. It ends with the node's removal; an unknown key gets nothing. */
export const identityChart = defineChart<IdentityContext>({
  kind: 'identity',
  name: 'identity@1',
  initialContext: input => input as unknown as IdentityContext,
  config: { initial: 'known', states: { known: {} } },
  guards: {},
  updates: {},
  instructions: {},
})
