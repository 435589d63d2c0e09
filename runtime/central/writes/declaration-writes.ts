import { builtInPolicies } from '../../../policies/built-in.ts'
import {
  idempotencyOf,
  inputOf,
  plainJob,
  prepareApply,
  prepareDeleteSet,
  prepareEntries,
} from '../../engine/prepare-apply.ts'
import type { ManifestSource } from '../../manifest/manifest-source.ts'
import { parseManifests } from '../../manifest/parse-manifests.ts'
import { previewDiff, previewPlan } from './preview.ts'
import type { ControlWrites } from './control-writes.ts'
import { jobRequest, submitJob, type WritesContext } from './writes-context.ts'

type DeclarationWrites = Pick<ControlWrites, 'apply' | 'plan' | 'diff' | 'changeEntries' | 'remove'>

/** What declares: manifests, single keys, deletions; and the previews of them. */
export function declarationWrites(context: WritesContext): DeclarationWrites {
  const { leader } = context
  const policyNames = new Map([...builtInPolicies].map(([name, policy]) => [name, policy.options]))
  const documentsOf = (sources: readonly ManifestSource[]) => parseManifests(sources, policyNames)
  return {
    async apply(sources, options, caller) {
      const documents = documentsOf(sources)
      const asked = jobRequest(context, caller, 'apply', options)
      return submitJob(context, asked, preparation => prepareApply(preparation, asked, documents))
    },
    plan: async sources => previewPlan(leader, documentsOf(sources)),
    diff: async sources => previewDiff(leader, documentsOf(sources)),
    async changeEntries(change, caller) {
      const asked = jobRequest(context, caller, 'config.change')
      return submitJob(context, asked, preparation => prepareEntries(preparation, asked, change))
    },
    async remove(kind, name, ifMatchVersion, caller) {
      const asked = jobRequest(context, caller, `${kind}.delete`)
      if (kind === 'configset') {
        return submitJob(context, asked, preparation =>
          prepareDeleteSet(preparation, asked, name, ifMatchVersion),
        )
      }
      const job =
        kind === 'group'
          ? plainJob(asked, 'delete-group', [name], [`group/${name}`])
          : plainJob(asked, 'apply', [], [])
      const body = { job, [kind]: name, idempotency: idempotencyOf(caller) }
      return submitJob(context, asked, () => ({ input: inputOf(caller, `delete-${kind}`, body) }))
    },
  }
}
