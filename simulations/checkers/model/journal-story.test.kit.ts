import { createHash } from 'node:crypto'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import type { Evidence } from '../evidence.ts'
import { evidenceOf, journalOf, type Said, type Told } from '../evidence.test.kit.ts'

type Step = readonly [readonly Said[], readonly Told[]]

/** A journal of one group `web` with one path `/web`, told step by step: a record each, a second apart. */
export class JournalStory {
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #steps: Step[] = []
  readonly #options: object
  readonly #uses: string
  #version = 0

  constructor(uses: string, options: object) {
    this.#uses = uses
    this.#options = options
  }

  /** Digest of the content of a version of the path. */
  digest(version: number): string {
    const bytes = encodeCanonical({ value: version })
    const digest = createHash('sha256').update(bytes).digest('hex')
    this.#blobs.set(digest, bytes)
    return digest
  }

  /** Declares the group and its first version; nobody is there, so that it is committed at once. */
  begin(): this {
    const groups = [{ name: 'web', sets: ['/web'], policy: 'p' }]
    const policies = [{ name: 'p', uses: this.#uses, with: this.#options }]
    return this.#declare({ groups, policies, relayered: ['web'] }, null, [this.committed(1, 1)])
  }

  join(...nodes: readonly string[]): this {
    for (const node of nodes) {
      const audit = { action: 'token.redeem', outcome: 'accepted', detail: { node, group: 'web' } }
      const out: Told[] = [
        ['audit', audit],
        ['subscription.joined', { group: 'web', node }],
      ]
      this.#steps.push([[['redeem', { key: `key of ${node}`, name: node }]], out])
    }
    return this
  }

  /** The next version, rolled out as `revision` from `base`. */
  change(base: number, revision: number, ...more: readonly Told[]): this {
    return this.#declare({ groups: [], policies: [], relayered: [] }, base, [...more], revision)
  }

  step(said: readonly Said[], ...told: readonly Told[]): this {
    this.#steps.push([said, told])
    return this
  }

  committed(revision: number, version: number, kind = 'apply', job = `j${version}`): Told {
    return ['group.committed', { group: 'web', revision, digest: this.digest(version), kind, job }]
  }

  evidence(): Evidence {
    return evidenceOf({ records: journalOf(...this.#steps), blobs: this.#blobs })
  }

  #declare(
    { groups, policies, relayered }: { groups: object[]; policies: object[]; relayered: string[] },
    base: number | null,
    told: readonly Told[],
    revision = 1,
  ): this {
    const version = ++this.#version
    const digest = this.digest(version)
    const pins = { '/web': { version, digest } }
    const policy = { name: 'p', options: { ...DEFAULTS[this.#uses], ...this.#options } }
    const planned = {
      group: 'web',
      base,
      digest,
      sizeBytes: this.#blobs.get(digest)?.length,
      sets: ['/web'],
      pins,
      policy,
    }
    const id = `j${version}`
    const job = {
      id,
      kind: 'apply',
      touched: ['/web'],
      relayered,
      groups: ['web'],
      locks: ['group/web'],
      plan: { groups: [planned] },
    }
    const sets = [{ path: '/web', base: version - 1, declare: { digest } }]
    const started: Told = ['rollout.started', { group: 'web', revision, job: id, policy: 'p' }]
    const body = { job, sets, groups, policies, retry: [] }
    this.#steps.push([[['declare', body]], [['job.accepted', { job: id }], started, ...told]])
    return this
  }
}

export const report = (node: string, seq: number, revision: number, phase: string, reason?: string): Said => [
  'report',
  {
    node,
    seq,
    groups: [
      {
        group: 'web',
        active: null,
        digest: null,
        progress: { revision, phase, ...(reason === undefined ? {} : { reason }) },
      },
    ],
  },
]

const COMMON = { prepareTimeout: '30s', applyTimeout: '60s' }
const DEFAULTS: Readonly<Record<string, object>> = {
  strong: {
    ...COMMON,
    stageTimeout: '10m',
    onStageTimeout: 'abort',
    settleTimeout: '5m',
    onApplyFailure: 'rollback',
  },
  eventual: { ...COMMON, quorum: 'majority', floor: 'third', progressTimeout: '10m', onTimeout: 'rollback' },
}
