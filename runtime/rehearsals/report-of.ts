import { identityOf } from './identity-of.ts'
import type { RehearsalLimits } from './rehearsal-limits.ts'
import type { RehearsalReport } from './rehearsal-report.ts'
import type { RehearsalSpec } from './rehearsal-spec.ts'
import { sceneOf } from './scene-of.ts'
import type { Tally } from './tally.ts'

interface Rehearsed {
  readonly spec: RehearsalSpec
  readonly seeds: readonly number[]
  readonly version: string
  readonly limits: RehearsalLimits
  readonly notes: readonly string[]
}

/** The report of what was played so far. */
export function reportOf(tally: Tally, rehearsed: Rehearsed): RehearsalReport {
  const { spec, seeds, version, limits, notes } = rehearsed
  const { schema, identity, ...told } = tally.report(identityOf(spec, seeds, version), limits)
  return { schema, identity, scene: sceneOf(spec), notes, wanted: seeds.length, ...told }
}
