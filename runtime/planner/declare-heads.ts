import { type Digest, digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import type { Entries } from '../manifest/manifest-document.ts'
import { compareText } from './compare-text.ts'
import type { Desired, Head, Observed } from './observed.ts'
import type { PlannedHead } from './plan.ts'

/** The heads as they stand when the job's ConfigSets are declared. */
export interface DeclaredHeads {
  /** Every path that the job declares or removes. */
  readonly touched: ReadonlySet<string>
  readonly planned: readonly PlannedHead[]
  /** Entries that only the job's documents hold yet. */
  readonly entries: ReadonlyMap<Digest, Entries>
  headOf(path: string): Head | undefined
}

/**
 * Lays the job's ConfigSets over the observed heads. New entries give the next version; entries that are
 * already the head give no new one, so that declaring twice is declaring once.
 */
export function declareHeads(desired: Desired, observed: Observed): DeclaredHeads {
  const moved = new Map<string, Head>()
  const entries = new Map<Digest, Entries>()
  const headOf = (path: string): Head | undefined =>
    moved.get(path) ?? (Object.hasOwn(observed.heads, path) ? observed.heads[path] : undefined)
  for (const document of desired.documents) {
    if (document.kind !== 'ConfigSet') continue
    const digest = digestOf(document.entries)
    entries.set(digest, document.entries)
    moved.set(document.path, nextHead(digest, headOf(document.path)))
  }
  for (const path of desired.removed) {
    const head = headOf(path)
    if (head !== undefined && 'digest' in head)
      moved.set(path, { version: head.version + 1, tombstone: true })
  }
  const touched = new Set([...desired.touched, ...desired.removed, ...moved.keys()])
  return { touched, planned: plannedHeads(touched, headOf), entries, headOf }
}

function nextHead(digest: Digest, head: Head | undefined): Head {
  if (head !== undefined && 'digest' in head && head.digest === digest) return head
  return { version: (head?.version ?? 0) + 1, digest }
}

function plannedHeads(
  touched: ReadonlySet<string>,
  headOf: (path: string) => Head | undefined,
): PlannedHead[] {
  const planned: PlannedHead[] = []
  for (const path of [...touched].sort(compareText)) {
    const head = headOf(path)
    if (head === undefined) continue
    planned.push({ path, version: head.version, digest: 'digest' in head ? head.digest : null })
  }
  return planned
}
