import type { CborValue } from '../actors/vocabulary/canonical/cbor-value.ts'
import { digestOf } from '../actors/vocabulary/canonical/digest.ts'
import type { ResolvedPolicy } from '../actors/vocabulary/group-plan.ts'
import { builtInPolicies } from './built-in.ts'
import { chartNameOf } from './vocabulary/policy-definition.ts'

/** A declared policy: a name for a built-in one with options. */
export interface DeclaredPolicy {
  readonly name: string
  readonly uses: string
  readonly with: Readonly<Record<string, CborValue>>
}

/**
 * A policy as a rollout uses it: every option filled in, with a digest over chart and options. Undefined when `uses`
 * names no built-in policy. The options were checked against the policy's schema when they were declared.
 */
export function resolvePolicy(declared: DeclaredPolicy): ResolvedPolicy | undefined {
  const policy = builtInPolicies.get(declared.uses)
  if (policy === undefined) return undefined
  const chart = chartNameOf(policy)
  const options = { ...policy.defaults, ...declared.with }
  return { name: declared.name, chart, options, digest: digestOf({ chart, options }) }
}
