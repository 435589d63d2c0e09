import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ResolvedPolicy } from '../../actors/vocabulary/group-plan.ts'
import { hintFor } from '../manifest/nearest-name.ts'

/**
 * The policy that a group names, as a plan pins it. `KONOR_PLAN_POLICY_UNKNOWN` when there is none of that
 * name.
 */
export function policyRef(
  group: string,
  name: string,
  policies: ReadonlyMap<string, ResolvedPolicy>,
): ResolvedPolicy {
  const found = policies.get(name)
  if (found !== undefined) return found
  const hint = hintFor(name, [...policies.keys()].sort())
  const message = `Group ${group} names the policy ${name}, which does not exist${hint}`
  throw new KonorError('KONOR_PLAN_POLICY_UNKNOWN', message, { details: { group, policy: name } })
}
