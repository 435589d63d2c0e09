import { alertChart } from '../../actors/alert/chart.ts'
import { clusterChart } from '../../actors/cluster/chart.ts'
import { configSetChart } from '../../actors/configset/chart.ts'
import { groupChart } from '../../actors/group/chart.ts'
import { identityChart } from '../../actors/identity/chart.ts'
import { jobChart, jobChart1 } from '../../actors/job/chart.ts'
import { keyringChart } from '../../actors/keyring/chart.ts'
import { lockChart } from '../../actors/lock/chart.ts'
import { nodeChart } from '../../actors/node/chart.ts'
import { policyChart } from '../../actors/policy/chart.ts'
import { requestChart } from '../../actors/request/chart.ts'
import { rolloutChart, rolloutChart1 } from '../../actors/rollout/chart.ts'
import { subscriptionChart } from '../../actors/subscription/chart.ts'
import { tokenChart } from '../../actors/token/chart.ts'
import type { AnyChart } from '../../actors/vocabulary/chart.ts'
import { builtInPolicies } from '../../policies/built-in.ts'
import { policyChartOf } from '../../policies/kit/policy-chart.ts'

/** Every chart of every version that a journal may hold actors of. */
export const charts: readonly AnyChart[] = [
  alertChart,
  clusterChart,
  configSetChart,
  groupChart,
  identityChart,
  jobChart1,
  jobChart,
  keyringChart,
  lockChart,
  nodeChart,
  policyChart,
  requestChart,
  rolloutChart1,
  rolloutChart,
  subscriptionChart,
  tokenChart,
  ...[...builtInPolicies.values()].map(policyChartOf),
]
