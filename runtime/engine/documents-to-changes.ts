import type { ConfigSetContext } from '../../actors/configset/chart.ts'
import { configSetAddress } from '../../actors/vocabulary/address.ts'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { Blob } from '../journal/journal.ts'
import { contextOf } from '../kernel/actor-record.ts'
import type { Entries, Labels } from '../manifest/manifest-document.ts'
import { sameValue } from '../planner/diff-entries.ts'
import type { Preparation } from './leader.ts'
import type { SetChange } from './routes/declare.ts'

/** The declared head of a path with its content, or nothing when it was never declared. */
export interface DeclaredSet {
  readonly version: number
  readonly deleted: boolean
  readonly digest: Digest | null
  readonly labels: Labels
  readonly entries: Entries
  /** Key → version at which it last changed. */
  readonly versions: Readonly<Record<string, number>>
}

const UNDECLARED: DeclaredSet = {
  version: 0,
  deleted: true,
  digest: null,
  labels: {},
  entries: {},
  versions: {},
}

export function declaredSet({ view, blob }: Preparation, path: string): DeclaredSet {
  const record = view.get(configSetAddress(path))
  if (record === undefined) return UNDECLARED
  const { head, labels } = contextOf<ConfigSetContext>(record)
  if (head.deleted) return { ...UNDECLARED, version: head.version }
  return {
    version: head.version,
    deleted: false,
    digest: head.digest,
    labels,
    entries: decodeCanonical(blob(head.digest)) as Entries,
    versions: decodeCanonical(blob(head.versions)) as Readonly<Record<string, number>>,
  }
}

/**
 * The change that makes `entries` the head of a path, with its blobs; undefined when they are the head
 * already.
 */
export function changeOf(
  path: string,
  head: DeclaredSet,
  entries: Entries,
  labels: Labels,
): { readonly change: SetChange; readonly blobs: readonly Blob[] } | undefined {
  const bytes = encodeCanonical(entries)
  const digest = digestOfBytes(bytes)
  if (!head.deleted && digest === head.digest && sameValue(labels as CborValue, head.labels as CborValue))
    return undefined
  const versionsBytes = encodeCanonical(versionsAfter(head, entries))
  const versions = digestOfBytes(versionsBytes)
  return {
    change: {
      path,
      base: head.version,
      declare: { digest, versions, keys: Object.keys(entries).length, sizeBytes: bytes.length, labels },
    },
    blobs: [
      { digest, bytes },
      { digest: versions, bytes: versionsBytes },
    ],
  }
}

function versionsAfter(head: DeclaredSet, entries: Entries): Record<string, number> {
  const versions = Object.create(null) as Record<string, number>
  for (const key of Object.keys(entries)) {
    const before = Object.hasOwn(head.entries, key) ? head.entries[key] : undefined
    const kept =
      before !== undefined && sameValue(before, entries[key] ?? null) ? head.versions[key] : undefined
    versions[key] = kept ?? head.version + 1
  }
  return versions
}
