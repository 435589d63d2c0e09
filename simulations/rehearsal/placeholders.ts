import type { ManifestDocument } from '../../runtime/manifest/manifest-document.ts'
import type { RehearsalChange } from '../../runtime/rehearsals/rehearsal-spec.ts'

const ORIGIN = { file: 'rehearsal', line: 1 }

/**
 * The documents of a change whose values nobody needs to know: each path holds one key with a number, and
 * another number is another content. Keys are the paths' own, so that no set hides the change of another.
 */
export function placeholderDocuments(
  { policies, groups, paths }: RehearsalChange,
  value: number,
): readonly ManifestDocument[] {
  return [
    ...policies.map(({ name, uses, with: options }): ManifestDocument => ({
      kind: 'Policy',
      name,
      uses,
      with: options,
      labels: {},
      origin: ORIGIN,
    })),
    ...paths.map((path): ManifestDocument => ({
      kind: 'ConfigSet',
      path,
      labels: {},
      entries: { [`at${path.replaceAll('/', '-')}`]: value },
      origin: ORIGIN,
    })),
    ...groups.map(({ name, sets, policy }): ManifestDocument => ({
      kind: 'Group',
      name,
      sets,
      policy,
      labels: {},
      origin: ORIGIN,
    })),
  ]
}
