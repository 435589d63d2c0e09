import type { AnyChart } from '../../actors/vocabulary/chart.ts'
import { defineChart } from '../../actors/vocabulary/define-chart.ts'
import type { Counts } from '../../actors/vocabulary/counts.ts'
import type { PolicyContext } from '../vocabulary/context.ts'
import { durationMs } from '../vocabulary/duration.ts'
import { policyGuards } from '../vocabulary/guards.ts'
import { policyIntents } from '../vocabulary/intents.ts'
import { chartNameOf, type PolicyDefinition } from '../vocabulary/policy-definition.ts'

/** Policy runs that ended and stay readable. */
const POLICY_RUNS_KEPT_MAX = 200

/** The chart that runs a policy: its machine with the vocabulary's guards and intents. */
export function policyChartOf(policy: PolicyDefinition): AnyChart {
  return defineChart<PolicyContext>({
    kind: 'policy-run',
    name: chartNameOf(policy),
    retain: POLICY_RUNS_KEPT_MAX,
    initialContext: input => input as unknown as PolicyContext,
    config: policy.machine,
    guards: policyGuards,
    updates: { observe: (_, { counts }: { readonly counts: Counts }) => ({ counts }) },
    instructions: policyIntents,
    // An `after` names the option that holds its duration.
    delays: Object.fromEntries(
      Object.keys(policy.defaults).map(name => [
        name,
        ({ options }: PolicyContext) => durationMs(String(options[name] ?? policy.defaults[name])),
      ]),
    ),
  })
}
