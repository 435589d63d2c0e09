import type { Digest } from '../vocabulary/canonical/digest.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit } from '../vocabulary/instruction.ts'
import type { Pin } from '../vocabulary/revision.ts'

/** Versions of a path that stay readable through the API; older ones are in the journal. */
export const VERSIONS_KEPT_MAX = 200

export interface VersionEntry extends Pin {
  /** Blob of key → version at which the key last changed: what an ETag of one key is. */
  readonly versions: Digest
  readonly keys: number
  readonly sizeBytes: number
  readonly deleted: boolean
  readonly atMs: number
  readonly by: string
  readonly job: string
}

export interface ConfigSetContext {
  readonly path: string
  readonly labels: Readonly<Record<string, string>>
  /** The declared head; a deletion is a version of its own (a tombstone). */
  readonly head: VersionEntry
  /** Newest first, the head included. */
  readonly versions: readonly VersionEntry[]
}

interface Declared {
  readonly digest: Digest
  readonly versions: Digest
  readonly keys: number
  readonly sizeBytes: number
  readonly labels: Readonly<Record<string, string>>
  readonly by: string
  readonly job: string
}

export type ConfigSetEvent =
  | ({ readonly type: 'DECLARE' } & Declared)
  | { readonly type: 'DELETE'; readonly by: string; readonly job: string }

interface At {
  readonly at: { readonly wallMs: number }
}

/** A ConfigSet at a path: the declared head and its immutable versions. It only ever grows. */
export const configSetChart = defineChart<ConfigSetContext>({
  kind: 'configset',
  name: 'configset@1',
  initialContext(input, at) {
    const { path, ...declared } = input as unknown as Declared & { readonly path: string }
    const head = entryOf(1, declared, at.wallMs)
    return { path, labels: declared.labels, head, versions: [head] }
  },
  config: {
    initial: 'declared',
    entry: 'announce',
    states: {
      declared: {
        on: {
          DECLARE: { actions: ['advance', 'announce'] },
          DELETE: { target: 'deleted', actions: ['bury', 'announce'] },
        },
      },
      deleted: {
        on: { DECLARE: { target: 'declared', actions: ['advance', 'announce'] } },
      },
    },
  },
  guards: {},
  updates: {
    advance: (context, event: Declared & At) => ({
      labels: event.labels,
      ...pushed(context, entryOf(context.head.version + 1, event, event.at.wallMs)),
    }),
    bury: (context, event: { readonly by: string; readonly job: string } & At) =>
      pushed(context, {
        ...context.head,
        version: context.head.version + 1,
        keys: 0,
        sizeBytes: 0,
        deleted: true,
        atMs: event.at.wallMs,
        by: event.by,
        job: event.job,
      }),
  },
  instructions: {
    announce: ({ path, head }) =>
      emit(head.deleted ? 'configset.deleted' : 'configset.declared', {
        path,
        version: head.version,
        by: head.by,
        job: head.job,
      }),
  },
})

function entryOf(
  version: number,
  { digest, versions, keys, sizeBytes, by, job }: Declared,
  atMs: number,
): VersionEntry {
  return { version, digest, versions, keys, sizeBytes, deleted: false, atMs, by, job }
}

function pushed(context: ConfigSetContext, head: VersionEntry): Pick<ConfigSetContext, 'head' | 'versions'> {
  return { head, versions: [head, ...context.versions].slice(0, VERSIONS_KEPT_MAX) }
}
