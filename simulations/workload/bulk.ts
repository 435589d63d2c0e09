import type { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import type { Topology } from '../cluster/topology.ts'
import type { Deed } from './deed.ts'
import type { Hands } from './odd-deeds.ts'

/** A path becomes so large that its group travels in pieces, and somebody on a node reads it so from then on. */
export interface BulkDetail {
  readonly kind: 'bulk'
  readonly path: string
  readonly sizeBytes: number
  readonly group: string
  readonly node: string
}

export type Bulk = { readonly id: string; readonly atMs: number } & {
  readonly patience: 'asks-again'
} & BulkDetail

/** Such runs cost much: one in so many. */
const BULK_ONE_IN = 8
/** Early, so that changes come while it is read. */
const WITHIN_MS = 5_000
/** More than one answer to `snapshot` holds, and not so much that nothing else is left to do. */
const BYTES_MIN = 1_050_000
const BYTES_SPREAD = 1_200_000

export function drawBulk(random: SeededRandom, { groups, nodes }: Topology): readonly Bulk[] {
  if (random.integer(BULK_ONE_IN) > 0) return []
  const group = groups[random.integer(groups.length)]
  const members = nodes.filter(node => group !== undefined && node.groups.includes(group.name))
  const node = members[random.integer(Math.max(1, members.length))]
  const path = group?.sets.at(-1)
  if (group === undefined || node === undefined || path === undefined) return []
  const sizeBytes = BYTES_MIN + random.integer(BYTES_SPREAD)
  const at = { id: 'b1', atMs: random.integer(WITHIN_MS), patience: 'asks-again' as const }
  return [{ ...at, kind: 'bulk', path, sizeBytes, group: group.name, node: node.name }]
}

export async function growLarge(
  { cluster, ask }: Hands,
  deed: Extract<Deed, { readonly kind: 'bulk' }>,
): Promise<void> {
  const set = { ballast: 'x'.repeat(deed.sizeBytes) }
  await ask(deed, (control, caller) => control.changeEntries({ path: deed.path, set, remove: [] }, caller))
  cluster.addReader(deed.node, deed.group)
}
