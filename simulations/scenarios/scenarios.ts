import { FAILURE_SCENARIOS } from './failure-scenarios.ts'
import { PEOPLE_SCENARIOS } from './people-scenarios.ts'
import { ROLLOUT_SCENARIOS } from './rollout-scenarios.ts'
import type { Scenario } from './scenario.ts'

/** All that `konor simulate --scenario` can play, in the order in which a newcomer may want to read them. */
export const SCENARIOS: readonly Scenario[] = [
  ...ROLLOUT_SCENARIOS,
  ...FAILURE_SCENARIOS,
  ...PEOPLE_SCENARIOS,
]
