import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { StateConfig } from '../../actors/vocabulary/chart.ts'

/**
 * A policy: a statechart as data with guards and actions of the documented vocabulary (`guards.ts`, `intents.ts`), the
 * JSON Schema of its options and their defaults. A later version is a new definition beside the old one.
 */
export interface PolicyDefinition {
  readonly name: string
  readonly version: number
  /** One sentence: when it commits. */
  readonly summary: string
  /** JSON Schema (2020-12) of `spec.with`. */
  readonly options: Readonly<Record<string, CborValue>>
  readonly defaults: Readonly<Record<string, CborValue>>
  readonly machine: StateConfig
}

/** The chart that runs a policy: `policy:strong@1`. */
export function chartNameOf({ name, version }: Pick<PolicyDefinition, 'name' | 'version'>): string {
  return `policy:${name}@${version}`
}
