import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import type { RehearsalIdentity } from './rehearsal-report.ts'
import type { RehearsalSpec } from './rehearsal-spec.ts'

/** Names a rehearsal by all that it depends on. */
export function identityOf(
  spec: RehearsalSpec,
  seeds: readonly number[],
  version: string,
): RehearsalIdentity {
  const { topology, change, faults, rejectShare, slowP99Ms } = spec
  return {
    version,
    seeds: [seeds[0] ?? 0, seeds.at(-1) ?? 0],
    nodes: topology.nodes.length,
    groups: topology.groups.length,
    faults,
    rejectShare,
    slowP99Ms,
    digest: digestOf({ topology, change } as unknown as CborValue),
  }
}
