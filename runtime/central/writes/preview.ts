import type { DiffView, PlanView } from '../../engine/control.ts'
import { compileJob, type CompiledJob } from '../../engine/compile-job.ts'
import { changeOf, declaredSet } from '../../engine/documents-to-changes.ts'
import { BlobsNeeded, type Leader, type Preparation } from '../../engine/leader.ts'
import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import type { Entries, ManifestDocument } from '../../manifest/manifest-document.ts'
import { diffEntries } from '../../planner/diff-entries.ts'
import { planValue } from '../../planner/plan.ts'
import { layerEntries } from '../../planner/resolve-bundle.ts'

/** The plan that an apply of these documents would compile to now. Nothing is written. */
export async function previewPlan(leader: Leader, documents: readonly ManifestDocument[]): Promise<PlanView> {
  const { compiled } = await withBlobs(leader, preparation => compileDocuments(preparation, documents))
  return { digest: compiled.plan.digest, plan: planValue(compiled.plan) }
}

/** What an apply of these documents would change: declared entries, and what is effective in each group. */
export function previewDiff(leader: Leader, documents: readonly ManifestDocument[]): Promise<DiffView> {
  return withBlobs(leader, preparation => {
    const { compiled } = compileDocuments(preparation, documents)
    const sets = documents.flatMap(document => {
      if (document.kind !== 'ConfigSet') return []
      const before = declaredSet(preparation, document.path)
      return [{ path: document.path, changes: diffOf(document.path, before.entries, document.entries) }]
    })
    const groups = compiled.explanations.map(({ group, diff }) => ({ group, changes: diff }))
    const changed =
      [...sets, ...groups].some(({ changes }) => changes.length > 0) || compiled.plan.groups.length > 0
    return { changed, groups, sets }
  })
}

function compileDocuments(preparation: Preparation, documents: readonly ManifestDocument[]): CompiledJob {
  const moving = documents.filter(document => {
    if (document.kind !== 'ConfigSet') return true
    const head = declaredSet(preparation, document.path)
    return changeOf(document.path, head, document.entries, document.labels) !== undefined
  })
  return compileJob(preparation, { documents: moving, touched: [], removed: [], relayered: [] })
}

function diffOf(path: string, before: Entries, after: Entries) {
  return diffEntries(layerEntries([{ path, entries: before }]), layerEntries([{ path, entries: after }]))
}

/** Runs a pure computation on the durable state, loading the blobs that it asks for between attempts. */
async function withBlobs<Result>(
  leader: Leader,
  compute: (preparation: Preparation) => Result,
): Promise<Result> {
  const held = new Map<Digest, Uint8Array>()
  const blob = (digest: Digest): Uint8Array => {
    const bytes = held.get(digest)
    if (bytes === undefined) throw new BlobsNeeded([digest])
    return bytes
  }
  for (;;) {
    try {
      return compute({ view: leader.view, position: leader.position, wallMs: 0, blob })
    } catch (thrown) {
      if (!(thrown instanceof BlobsNeeded)) throw thrown
      for (const digest of thrown.digests) {
        const bytes = await leader.getBlob(digest)
        if (bytes === undefined)
          throw new Error(`the blob ${digest} is not in the journal`, { cause: thrown })
        held.set(digest, bytes)
      }
    }
  }
}
