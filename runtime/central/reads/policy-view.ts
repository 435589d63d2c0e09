import type { PolicyContext } from '../../../actors/policy/chart.ts'
import { policyAddress } from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { builtInPolicies } from '../../../policies/built-in.ts'
import { resolvePolicy } from '../../../policies/resolve-policy.ts'
import type { PolicyView } from '../../engine/views.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { contextAt } from './context-at.ts'

/**
 * The policy of a name: a declared one with the options it was declared with, or a built-in one with its
 * defaults. The digest is the one that plans pin: over the chart and all options.
 */
export function policyView(view: StateView, name: string): PolicyView | undefined {
  const declared = contextAt<PolicyContext>(view, policyAddress(name))
  const builtIn = builtInPolicies.get(name)
  if (declared === undefined && builtIn === undefined) return undefined
  const uses = declared?.uses ?? name
  const options = declared?.with ?? {}
  const machine = builtInPolicies.get(uses)?.machine ?? null
  return {
    name,
    uses,
    with: declared?.with ?? builtIn?.defaults ?? {},
    digest: resolvePolicy({ name, uses, with: options })?.digest ?? (declared?.digest as Digest),
    // A statechart as data holds nothing but JSON; its interface has no index signature to say so.
    machine: machine as unknown as CborValue,
    builtIn: declared === undefined,
  }
}

/** The names of all policies, declared and built in, in order. */
export function policyNames(view: StateView): readonly string[] {
  const declared = view.list('policy').map(record => contextOf<PolicyContext>(record).name)
  return [...new Set([...builtInPolicies.keys(), ...declared])].sort()
}
