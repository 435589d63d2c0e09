import { eventual } from './eventual.ts'
import { strong } from './strong.ts'
import type { PolicyDefinition } from './vocabulary/policy-definition.ts'

/** The policies that come with the product, by name: what `spec.uses` may say. */
export const builtInPolicies: ReadonlyMap<string, PolicyDefinition> = new Map(
  [strong, eventual].map(policy => [policy.name, policy]),
)
