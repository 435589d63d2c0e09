import type { ReadRecord } from './evidence.ts'

/** One path's next version, as an input asks for it. */
export interface AskedSet {
  readonly path: string
  readonly base: number
  readonly declare: { readonly digest: string } | null
}

/** A job as the input tells of it that asks for it. */
export interface AskedJob {
  readonly id: string
  readonly kind: string
  readonly touched: readonly string[]
  readonly relayered: readonly string[]
  readonly groups: readonly string[]
  readonly locks: readonly string[]
  readonly plan: AskedPlan | null
  /** The only plan that it wants, if it named one. */
  readonly planDigest: string | null
  readonly onFailure: string
}

export interface AskedPlan {
  readonly digest: string
  readonly groups: readonly PlannedGroup[]
}

export interface PlannedGroup {
  readonly group: string
  readonly base: number | null
  readonly digest: string
  readonly sets: readonly string[]
  readonly pins: Readonly<Record<string, Pin>>
}

export interface Pin {
  readonly version: number
  readonly digest: string
}

/** What an input that asks for a job says of it. */
export interface Asked {
  readonly route: string
  readonly job: AskedJob
  readonly sets: readonly AskedSet[]
  readonly idempotency: { readonly key: string; readonly digest: string } | null
  /** Whether the record says that the job was accepted. */
  readonly isAccepted: boolean
}

type Body = Partial<Pick<Asked, 'sets' | 'idempotency'>> & {
  readonly job?: Partial<AskedJob> & Pick<AskedJob, 'id' | 'kind'>
}

/** A request that is sent again names its job alone. */
const NOTHING_ASKED = {
  touched: [],
  relayered: [],
  groups: [],
  locks: [],
  plan: null,
  planDigest: null,
  onFailure: 'keep',
}

/** The jobs that a record asks for. */
export function askedIn({ inputs, outputs }: ReadRecord): readonly Asked[] {
  return inputs.flatMap(({ route, body }): Asked[] => {
    const { job, sets = [], idempotency = null } = body as unknown as Body
    if (typeof job !== 'object') return []
    const isAccepted = outputs.some(({ type, data }) => type === 'job.accepted' && data['job'] === job.id)
    const paths = sets.map(({ path }) => path)
    const filled = { ...NOTHING_ASKED, ...job }
    const touched = [...new Set([...filled.touched, ...paths])]
    return [{ route, job: { ...filled, touched }, sets, idempotency, isAccepted }]
  })
}

/** The newest version of a path; no digest means that it was deleted. */
export interface Head {
  readonly version: number
  readonly digest: string | null
}

/** What is declared, kept from inputs that were accepted alone: heads of paths, and what groups layer. */
export class DeclaredModel {
  readonly heads = new Map<string, Head>()
  /** What each version of a path held, by `PATH@VERSION`. */
  readonly versions = new Map<string, Head>()
  readonly groups = new Map<string, readonly string[]>()

  versionOf(path: string): number {
    return this.heads.get(path)?.version ?? 0
  }

  /** Takes what a record declares; `asked` is what `askedIn` says of it. */
  take({ outputs }: ReadRecord, asked: readonly Asked[]): void {
    for (const { sets, isAccepted } of asked)
      if (isAccepted)
        for (const { path, base, declare } of sets) {
          const head = { version: base + 1, digest: declare?.digest ?? null }
          this.heads.set(path, head)
          this.versions.set(`${path}@${head.version}`, head)
        }
    for (const { type, data } of outputs) {
      const group = String(data['group'])
      if (type === 'group.declared') this.groups.set(group, data['sets'] as unknown as readonly string[])
      else if (type === 'group.deleted') this.groups.delete(group)
    }
  }
}
