import type { ManifestDocument } from '../manifest/manifest-document.ts'
import type { RehearsalChange } from './rehearsal-spec.ts'

/** What manifests declare, without a single value: names, layers and options of policies. */
export function shapesOf(documents: readonly ManifestDocument[]): RehearsalChange {
  return {
    policies: documents.flatMap(document =>
      document.kind === 'Policy' ? [{ name: document.name, uses: document.uses, with: document.with }] : [],
    ),
    groups: documents.flatMap(document =>
      document.kind === 'Group'
        ? [{ name: document.name, sets: document.sets, policy: document.policy }]
        : [],
    ),
    paths: documents.flatMap(document => (document.kind === 'ConfigSet' ? [document.path] : [])),
  }
}
