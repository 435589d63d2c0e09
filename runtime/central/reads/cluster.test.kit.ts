import type { JobInput } from '../../../actors/job/context.ts'
import { configSetAddress } from '../../../actors/vocabulary/address.ts'
import {
  CLUSTER,
  groupAddress,
  jobAddress,
  lockAddress,
  nodeAddress,
  policyAddress,
} from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { digestOf } from '../../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import type { GroupPlan } from '../../../actors/vocabulary/group-plan.ts'
import { type Instruction, spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import type { Pins } from '../../../actors/vocabulary/revision.ts'
import type { ConfigSetContext } from '../../../actors/configset/chart.ts'
import type { GroupContext } from '../../../actors/group/context.ts'
import type { NodeContext } from '../../../actors/node/chart.ts'
import type { GroupReport, ProgressPhase } from '../../../actors/vocabulary/report.ts'
import { resolvePolicy } from '../../../policies/resolve-policy.ts'
import type { Blob } from '../../journal/journal.ts'
import { contextOf } from '../../kernel/actor-record.ts'
import { resolveBundle } from '../../planner/resolve-bundle.ts'
import { apiKeyDigest } from './api-key-digest.ts'
import { contextAt } from './context-at.ts'
import type { ControlReads } from './control-reads.ts'
import { createReads } from './create-reads.ts'
import { TestLeader } from './leader.test.kit.ts'

export type TestEntries = Readonly<Record<string, CborValue>>

/** A cluster for the tests of the reads: the steps of its life, each one record of the kernel. */
export class TestCluster {
  readonly leader: TestLeader
  readonly reads: ControlReads
  readonly #entries = new Map<string, TestEntries>()
  readonly #versions = new Map<string, Readonly<Record<string, number>>>()
  #job = 0

  constructor(leader = new TestLeader()) {
    this.leader = leader
    const { journal, clock } = leader
    this.reads = createReads({ leader, journal, clock, clusterId: 'c1', version: '1.0.0' })
  }

  bootstrap(apiKey = 'secret') {
    const keys = [{ id: 'admin', digest: apiKeyDigest(apiKey), scopes: ['admin'] }]
    return this.leader.do({ instructions: [spawn(CLUSTER, { id: 'c1', keys })] })
  }

  /** Declares the next version of a path. */
  declareSet(path: string, entries: TestEntries, by = 'key/admin') {
    const held = contextAt<ConfigSetContext>(this.leader.view, configSetAddress(path))
    const version = (held?.head.version ?? 0) + 1
    const before = held === undefined ? {} : (this.#entries.get(held.head.digest) ?? {})
    const changedAt = this.#versions.get(path) ?? {}
    const versions = Object.fromEntries(
      Object.keys(entries).map(key => [
        key,
        before[key] === entries[key] ? (changedAt[key] ?? version) : version,
      ]),
    )
    this.#versions.set(path, versions)
    const digest = digestOf(entries)
    this.#entries.set(digest, entries)
    const declared = { digest, versions: digestOf(versions), keys: Object.keys(entries).length, sizeBytes: 1 }
    const body = { ...declared, labels: {}, by, job: '' }
    const address = configSetAddress(path)
    return this.leader.do({
      by,
      instructions: [
        held === undefined ? spawn(address, { path, ...body }) : tell(address, { type: 'DECLARE', ...body }),
      ],
      audit: { action: 'configset.declare', resource: address, detail: { version } },
      blobs: [entries, versions].map(value => ({ digest: digestOf(value), bytes: encodeCanonical(value) })),
    })
  }

  deleteSet(path: string) {
    return this.leader.do({
      instructions: [tell(configSetAddress(path), { type: 'DELETE', by: 'key/admin', job: '' })],
    })
  }

  declareGroup(name: string, sets: readonly string[], policy = 'strong') {
    const spec = { name, sets, policy, labels: {} }
    return this.leader.do({
      instructions: [
        spawn(groupAddress(name), { ...spec, lastRevision: 0 }),
        spawn(lockAddress(`group/${name}`), { resource: `group/${name}` }),
      ],
    })
  }

  declarePolicy(name: string, uses: string, options: TestEntries) {
    const body = { name, uses, with: options, digest: digestOf(options), by: 'key/admin' }
    return this.leader.do({ instructions: [spawn(policyAddress(name), body)] })
  }

  join(node: string, ...groups: readonly string[]) {
    const address = nodeAddress(node)
    return this.leader.do({
      instructions: [
        spawn(address, { name: node, key: digestOf(node) }),
        ...groups.map(group => tell(address, { type: 'JOIN_GROUP', group })),
        tell(address, {
          type: 'HELLO',
          labels: { zone: 'a' },
          platform: { os: 'linux' },
          version: '1',
          groups,
        }),
      ],
    })
  }

  tellNode(node: string, event: { readonly type: string; readonly [field: string]: CborValue }) {
    return this.leader.do({ instructions: [tell(nodeAddress(node), event)] })
  }

  /** An agent's report on one group. Before `activated` the node goes on serving what it served. */
  report(node: string, group: string, revision: number, phase: ProgressPhase, active: number | null = null) {
    const seq = (contextAt<NodeContext>(this.leader.view, nodeAddress(node))?.reportSeq ?? 0) + 1
    const serves = phase === 'activated' || phase === 'applied' ? revision : active
    const report: GroupReport = {
      group,
      active: serves,
      digest: null,
      activation: seq,
      progress: { revision, phase, ...(phase === 'rejected' ? { reason: 'bad value' } : {}) },
      fallback: null,
      processes: 1,
    }
    return this.tellNode(node, { type: 'REPORT', report: { seq, groups: [report] } as unknown as CborValue })
  }

  /** A job that rolls its groups out, with every set at its head; answers its id. */
  async apply(...groups: readonly string[]): Promise<string> {
    const plans = groups.map(group => this.planOf(group))
    const groupPlans = plans.map(({ plan }) => plan)
    const digest = digestOf(groupPlans as unknown as CborValue)
    const plan = { digest, blob: digest, groups: groupPlans }
    return this.startJob(
      { kind: 'apply', groups, plan },
      plans.map(({ blob }) => blob),
    )
  }

  rollback(group: string): Promise<string> {
    return this.startJob({ kind: 'rollback', groups: [group], plan: null })
  }

  async startJob(
    born: Pick<JobInput, 'kind' | 'groups' | 'plan'>,
    blobs: readonly Blob[] = [],
  ): Promise<string> {
    const id = `01J${String(++this.#job).padStart(5, '0')}`
    const job: JobInput = {
      ...born,
      id,
      by: 'key/admin',
      trace: null,
      touched: [],
      relayered: [],
      planDigest: null,
      onFailure: 'keep',
      locks: born.kind === 'rollback' ? [] : born.groups.map(group => `group/${group}`),
    }
    const instructions: Instruction[] = [spawn(jobAddress(id), job as unknown as CborValue)]
    const audit = { action: 'apply', resource: jobAddress(id), detail: {} }
    await this.leader.do({ instructions, blobs, audit })
    return id
  }

  planOf(name: string) {
    const group = contextOf<GroupContext>(this.leader.view.get(groupAddress(name)) as never)
    const heads = group.sets.map(path => ({
      path,
      head: (contextAt<ConfigSetContext>(this.leader.view, configSetAddress(path)) as ConfigSetContext).head,
    }))
    const layers = heads.map(({ path, head }) => ({ path, entries: this.#entries.get(head.digest) ?? {} }))
    const { digest, sizeBytes, bytes } = resolveBundle(name, layers)
    const pins: Pins = Object.fromEntries(
      heads.map(({ path, head }) => [path, { version: head.version, digest: head.digest }]),
    )
    const policy = resolvePolicy({ name: group.policy, uses: group.policy, with: {} })
    if (policy === undefined) throw new TypeError(`no policy ${group.policy}`)
    const base = group.committed?.revision ?? null
    const plan: GroupPlan = { group: name, base, digest, sizeBytes, sets: group.sets, pins, policy }
    return { plan, blob: { digest, bytes } }
  }
}
