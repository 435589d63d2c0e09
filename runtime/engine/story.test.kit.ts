import fc from 'fast-check'
import type { GroupContext } from '../../actors/group/context.ts'
import { CLUSTER, groupAddress } from '../../actors/vocabulary/addresses.ts'
import { type Digest, digestOf, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { GroupReport, ProgressPhase } from '../../actors/vocabulary/report.ts'
import { contextOf, isDone, isIn } from '../kernel/actor-record.ts'
import type { Input } from '../kernel/input.ts'
import { ADMIN, NODE, SYSTEM, type TestEngine } from './engine.test.kit.ts'
import { inputOf, plainJob, prepareDeleteSet, prepareEntries } from './prepare-apply.ts'

/** Of a content that no group has. */
const OTHER = 'd'.repeat(64) as Digest

export const GROUPS = ['web', 'api', 'db'] as const
export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'] as const
const PATHS = ['/a', '/b', '/shared/c'] as const
const POLICIES = ['strong', 'eventual', 'patient', 'holding'] as const

/** One thing that somebody does to the cluster. Revisions are named by where they stand, so that stories shrink. */
export type Deed =
  | {
      readonly do: 'apply'
      readonly group: string
      readonly sets: readonly string[]
      readonly policy: string
      readonly value: number
      readonly onFailure: 'keep' | 'rollback-all'
      readonly key?: number
    }
  | { readonly do: 'edit'; readonly path: string; readonly value: number; readonly ifMatch?: number }
  | { readonly do: 'delete-set'; readonly path: string }
  | { readonly do: 'delete-group' | 'retry'; readonly group: string }
  | { readonly do: 'rollback'; readonly group: string; readonly back: number | null }
  | { readonly do: 'control'; readonly group: string; readonly action: string }
  | { readonly do: 'cancel'; readonly job: number; readonly mode: string }
  | { readonly do: 'freeze' | 'thaw' }
  | { readonly do: 'join'; readonly group: string; readonly nodes: readonly string[] }
  | { readonly do: 'revoke'; readonly group: string }
  | {
      readonly do: 'report'
      readonly node: string
      readonly group: string
      readonly phase: ProgressPhase | 'none'
      readonly of: 'candidate' | 'committed' | 'last' | 'ahead' | 'old'
      readonly active: 'committed' | 'candidate' | 'none'
    }
  | { readonly do: 'liveness'; readonly nodes: readonly string[]; readonly to: string }
  | { readonly do: 'drain' | 'remove'; readonly node: string }
  | { readonly do: 'advance'; readonly ms: number }

const group = fc.constantFrom(...GROUPS)
const node = fc.constantFrom(...NODES)
const path = fc.constantFrom(...PATHS)
const value = fc.integer({ min: 0, max: 5 })

/** Deeds of every kind; those that move rollouts on are the most frequent. */
export const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        do: fc.constant('apply' as const),
        group,
        sets: fc.uniqueArray(path, { minLength: 1 }),
        policy: fc.constantFrom(...POLICIES),
        value,
        onFailure: fc.constantFrom('keep' as const, 'rollback-all' as const),
        key: fc.integer({ min: 0, max: 4 }),
      },
      { requiredKeys: ['do', 'group', 'sets', 'policy', 'value', 'onFailure'] },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record(
      { do: fc.constant('edit' as const), path, value, ifMatch: fc.integer({ min: 0, max: 4 }) },
      { requiredKeys: ['do', 'path', 'value'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-set' as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-group' as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), group }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rollback' as const),
      group,
      back: fc.option(fc.integer({ min: 1, max: 4 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('control' as const),
      group,
      action: fc.constantFrom('pause', 'resume', 'promote', 'abort'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancel' as const),
      job: fc.integer({ min: 1, max: 20 }),
      mode: fc.constantFrom('stop-after-current', 'abort-and-observe'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('freeze' as const, 'thaw' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      group,
      nodes: fc.uniqueArray(node, { minLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), group }) },
  {
    weight: 40,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      node,
      group,
      phase: fc.constantFrom(
        'none' as const,
        'staging' as const,
        'staged' as const,
        'activated' as const,
        'applied' as const,
        'applied' as const,
        'rejected' as const,
      ),
      of: fc.constantFrom(
        'candidate' as const,
        'candidate' as const,
        'candidate' as const,
        'committed' as const,
        'last' as const,
        'ahead' as const,
        'old' as const,
      ),
      active: fc.constantFrom('committed' as const, 'candidate' as const, 'none' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('liveness' as const),
      nodes: fc.uniqueArray(node, { minLength: 1 }),
      to: fc.constantFrom('alive', 'suspect', 'offline', 'left'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('drain' as const, 'remove' as const), node }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(10, 1_500, 31_000, 61_000, 601_000),
    }),
  },
)

/** Deeds that arrive together, batch after batch. */
export const story = fc.array(fc.array(deed, { minLength: 1, maxLength: 6 }), { minLength: 5, maxLength: 40 })

/** Three groups over shared paths with nodes in several of them: most stories are dull in an empty cluster. */
export const PRELUDE: readonly (readonly Deed[])[] = [
  ...GROUPS.map((name, index): readonly Deed[] => [
    {
      do: 'apply',
      group: name,
      sets: index === 0 ? ['/shared/c', '/a'] : ['/b', '/shared/c'],
      policy: POLICIES[index] ?? 'strong',
      value: 0,
      onFailure: 'keep',
    },
  ]),
  [
    { do: 'join', group: 'web', nodes: ['n1', 'n2', 'n3'] },
    { do: 'join', group: 'api', nodes: ['n3', 'n1', 'n4'] },
    { do: 'join', group: 'db', nodes: ['n2', 'n1', 'n5'] },
  ],
]

/** Tells a story to an engine. Refusals are part of it; anything else is thrown. */
export class Storyteller {
  readonly engine: TestEngine
  /** Refusal code → how often: a test may ask whether a story went where it should. */
  readonly refusals = new Map<string, number>()
  readonly #seqs = new Map<string, number>()
  #tokens = 0

  constructor(engine: TestEngine) {
    this.engine = engine
  }

  async tell(batches: readonly (readonly Deed[])[]): Promise<void> {
    for (const batch of batches) {
      await Promise.all(batch.map(one => this.#refusable(this.#carryOut(one))))
      await this.engine.quiet()
    }
  }

  /** Every node comes back and answers everything, nothing is frozen or paused: every job must then end. */
  async heal(): Promise<void> {
    await this.#carryOut({ do: 'thaw' })
    await this.engine.liveness('alive', ...NODES)
    for (let round = 0; round < 60 && this.openJobs().length > 0; round++) {
      for (const name of GROUPS) {
        const record = this.engine.leader.view.get(groupAddress(name))
        if (record === undefined) continue
        if (isIn(record, 'rolling'))
          await this.#refusable(this.#carryOut({ do: 'control', group: name, action: 'resume' }))
        for (const one of NODES) {
          for (const phase of ['staged', 'applied'] as const) {
            const of = contextOf<GroupContext>(record).candidate === null ? 'committed' : 'candidate'
            await this.#carryOut({ do: 'report', node: one, group: name, phase, of, active: of })
          }
        }
      }
      this.engine.clock.advanceBy(61_000)
      await this.engine.quiet()
    }
  }

  openJobs(): readonly string[] {
    return this.engine.leader.view
      .list('job')
      .filter(record => !isDone(record))
      .map(({ address }) => address)
  }

  async #refusable(done: Promise<unknown>): Promise<void> {
    try {
      await done
    } catch (thrown) {
      if (
        !isKonorError(thrown) ||
        thrown.code.startsWith('KONOR_KERNEL') ||
        thrown.code.startsWith('KONOR_CBOR')
      )
        throw thrown
      this.refusals.set(thrown.code, (this.refusals.get(thrown.code) ?? 0) + 1)
    }
  }

  #carryOut(one: Deed): Promise<unknown> {
    const { engine } = this
    switch (one.do) {
      case 'apply':
        return this.#apply(one)
      case 'edit': {
        const ifMatch = one.ifMatch === undefined ? {} : { ifMatch: { version: one.ifMatch } }
        const change = { path: one.path, set: { greeting: `e${one.value}` }, remove: [], ...ifMatch }
        const request = engine.request('entries')
        return engine.leader.submit(preparation => prepareEntries(preparation, request, change))
      }
      case 'delete-set': {
        const request = engine.request('configset.delete')
        return engine.leader.submit(preparation =>
          prepareDeleteSet(preparation, request, one.path, undefined),
        )
      }
      case 'delete-group': {
        const job = plainJob(
          engine.request('group.delete'),
          'delete-group',
          [one.group],
          [`group/${one.group}`],
        )
        return engine.submit(ADMIN, 'delete-group', { job, group: one.group })
      }
      case 'retry':
        return engine.retry(one.group)
      case 'rollback':
        return this.#rollback(one.group, one.back)
      case 'control':
        return engine.submit(ADMIN, 'control', { group: one.group, action: one.action })
      case 'cancel':
        return engine.submit(ADMIN, 'cancel', { job: `j${one.job}`, mode: one.mode })
      case 'freeze':
      case 'thaw':
        return engine.submit(ADMIN, one.do, {})
      case 'join':
        return this.#join(one.group, one.nodes)
      case 'revoke':
        return engine.submit(ADMIN, 'revoke-token', { id: `t${this.#tokens}` })
      case 'report':
        return engine.leader.submitFact(this.#reportOf(one))
      case 'liveness': {
        const changes = one.nodes.map(name => ({ node: name, to: one.to }))
        return engine.leader.submitFact(inputOf(SYSTEM, 'liveness', { changes }))
      }
      case 'drain':
      case 'remove':
        return engine.submit(ADMIN, `${one.do}-node`, { node: one.node })
      case 'advance':
        engine.clock.advanceBy(one.ms)
        return Promise.resolve()
    }
  }

  #apply({ group: name, sets, policy, value: content, onFailure, key }: Deed & { do: 'apply' }) {
    const documents = [
      ...sets.map(set => ({
        kind: 'ConfigSet',
        metadata: { path: set },
        spec: { entries: { greeting: `v${content}` } },
      })),
      { kind: 'Group', metadata: { name }, spec: { sets, policy } },
      {
        kind: 'Policy',
        metadata: { name: 'patient' },
        spec: { uses: 'eventual', with: { quorum: '100%', progressTimeout: '30s', onTimeout: 'pause' } },
      },
      {
        kind: 'Policy',
        metadata: { name: 'holding' },
        spec: {
          uses: 'strong',
          with: { stageTimeout: '1m', onStageTimeout: 'pause', onApplyFailure: 'hold' },
        },
      },
    ]
    const text = documents
      .map(one => JSON.stringify({ apiVersion: 'konorkestra/v1', ...one }))
      .join('\n---\n')
    const caller =
      key === undefined ? ADMIN : { ...ADMIN, idempotencyKey: `k${key}`, requestDigest: digestOf(text) }
    return this.engine.apply(text, { onFailure }, caller)
  }

  #rollback(name: string, back: number | null): Promise<unknown> {
    const record = this.engine.leader.view.get(groupAddress(name))
    if (record === undefined) return Promise.resolve()
    const known = contextOf<GroupContext>(record).revisions
    return this.engine.rollback(name, back === null ? null : (known[back]?.revision ?? 1_000_000))
  }

  async #join(name: string, nodes: readonly string[]): Promise<void> {
    const id = `t${++this.#tokens}`
    const secretDigest = digestOfBytes(Buffer.from(id))
    const expiresAtMs = this.engine.clock.wallMs() + 3_600_000
    const token = { id, group: name, uses: nodes.length, expiresAtMs, secretDigest, idempotency: null }
    const asked = [this.engine.submit(ADMIN, 'create-token', token)]
    for (const one of nodes) {
      const key = digestOfBytes(Buffer.from(one))
      asked.push(
        this.engine.submit(NODE, 'redeem', { token: id, secretDigest, key, name: one }),
        this.engine.submit(NODE, 'hello', { key, labels: {}, platform: {}, version: '1' }),
      )
    }
    for (const one of await Promise.allSettled(asked)) if (one.status === 'rejected') throw one.reason
  }

  #reportOf({ node: name, group: of, phase, of: which, active }: Deed & { do: 'report' }): Input {
    const record = this.engine.leader.view.get(groupAddress(of))
    const context = record === undefined ? undefined : contextOf<GroupContext>(record)
    const { candidate = null, committed = null, lastRevision = 0 } = context ?? {}
    const revisions = {
      candidate: candidate?.revision ?? lastRevision,
      committed: committed?.revision ?? 1,
      last: Math.max(1, lastRevision),
      old: Math.max(1, lastRevision - 2),
      ahead: lastRevision + 3,
      none: null,
    }
    const seq = (this.#seqs.get(name) ?? 0) + 1
    this.#seqs.set(name, seq)
    const reason = phase === 'rejected' ? { reason: 'bad' } : {}
    const one: GroupReport = {
      group: of,
      active: revisions[active],
      // What the group never numbered (a lost future, before a restore) holds something else.
      digest: context?.revisions.find(one => one.revision === revisions[active])?.digest ?? OTHER,
      activation: seq,
      progress: phase === 'none' ? null : { revision: revisions[which], phase, ...reason },
      fallback: null,
      processes: 1,
    }
    return inputOf(NODE, 'report', { node: name, seq, groups: [one] })
  }

  get frozen(): boolean {
    const record = this.engine.leader.view.get(CLUSTER)
    return record !== undefined && isIn(record, 'frozen')
  }
}
