import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import type { GroupContext } from '../../actors/group/context.ts'
import type { JobContext } from '../../actors/job/context.ts'
import type { NodeContext } from '../../actors/node/chart.ts'
import type { Address } from '../../actors/vocabulary/address.ts'
import { groupAddress, jobAddress, nodeAddress } from '../../actors/vocabulary/addresses.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { GroupReport, Progress } from '../../actors/vocabulary/report.ts'
import { builtInPolicies } from '../../policies/built-in.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { contextOf, valueOf } from '../kernel/actor-record.ts'
import type { Input } from '../kernel/input.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { parseManifests } from '../manifest/parse-manifests.ts'
import { noFaults } from '../ports/fault-points.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { compileStep } from './compile-step.ts'
import { createLeader } from './create-leader.ts'
import type { RunningLeader } from './leader-options.ts'
import type { ApplyOptions, Caller } from './control.ts'
import { openKernel } from './open-kernel.ts'
import { inputOf, type JobRequest, plainJob, prepareApply, prepareRetry } from './prepare-apply.ts'
import { startStepRunner, type StepRunner } from './step-runner.ts'

export const ADMIN: Caller = { principal: 'key/admin', scopes: ['admin'] }
export const NODE: Caller = { principal: 'node/any', scopes: ['node'] }
export const SYSTEM: Caller = { principal: 'system', scopes: ['system'] }

/**
 * A real engine (kernel, charts, routes, leader, step runner) over a journal in memory and a virtual clock.
 */
export class TestEngine {
  readonly clock: VirtualClock
  readonly journal: Journal
  readonly kernel: Kernel
  readonly leader: RunningLeader
  readonly #runner: StepRunner
  readonly #seqs = new Map<string, number>()
  readonly #random: SeededRandom
  #jobs = 0

  private constructor(clock: VirtualClock, journal: Journal, kernel: Kernel, seed: string) {
    this.clock = clock
    this.journal = journal
    this.kernel = kernel
    this.#random = new SeededRandom(seed)
    const { timeline, epoch } = kernel.position
    this.leader = createLeader({
      kernel,
      journal,
      clock,
      random: this.#random.fork('leader'),
      logger: silentLogger,
      faults: noFaults,
      timeline,
      epoch: epoch + 1,
      holdDeadlinesMs: 1_000,
      onDeposed(cause) {
        throw cause
      },
    })
    this.#runner = startStepRunner({
      leader: this.leader,
      executors: { compile: compileStep },
      clock,
      random: this.#random.fork('steps'),
      logger: silentLogger,
      faults: noFaults,
    })
  }

  static async start(journal: Journal = new MemoryJournal(), seed = 'engine'): Promise<TestEngine> {
    const { kernel } = await openKernel(journal)
    const engine = new TestEngine(new VirtualClock(), journal, kernel, `${seed}/${kernel.position.epoch}`)
    await engine.submit(SYSTEM, 'claim', {})
    await engine.submit(SYSTEM, 'bootstrap', { id: 'c1', keys: [] })
    return engine
  }

  async stop(): Promise<void> {
    this.#runner.stop()
    await this.leader.stop()
  }

  /** What the next job asks for; jobs are called j1, j2, … */
  request(action: string, options: ApplyOptions = {}, caller: Caller = ADMIN): JobRequest {
    return { id: `j${++this.#jobs}`, caller, action, options }
  }

  /** Resolves when nothing is under way: no input waits and the outbox is empty. */
  async quiet(): Promise<void> {
    do await new Promise(resolve => setImmediate(resolve))
    while (this.leader.waiting > 0 || this.leader.view.effects().size > 0)
  }

  submit(caller: Caller, route: string, body: object) {
    return this.leader.submit(() => ({ input: inputOf(caller, route, body) }))
  }

  /** Applies manifests; answers the job's id once it is accepted. */
  async apply(text: string, options: ApplyOptions = {}, caller: Caller = ADMIN): Promise<string> {
    const documents = parseManifests(
      [{ file: 'test.yaml', text }],
      new Map([...builtInPolicies].map(([name, policy]) => [name, policy.options])),
    )
    const request = this.request('apply', options, caller)
    const { body } = await this.leader.submit(preparation => prepareApply(preparation, request, documents))
    return (body as { job: string }).job
  }

  async rollback(group: string, to: number | null = null): Promise<string> {
    const request = this.request('rollback')
    const job = plainJob(request, 'rollback', [group], [])
    const { body } = await this.submit(ADMIN, 'rollback', { job, group, to, idempotency: null })
    return (body as { job: string }).job
  }

  async retry(group: string): Promise<string> {
    const request = this.request('retry')
    const { body } = await this.leader.submit(preparation => prepareRetry(preparation, request, group))
    return (body as { job: string }).job
  }

  /** Joins nodes to a group by a token with as many uses. */
  async join(group: string, ...nodes: readonly string[]): Promise<void> {
    const id = `t-${group}-${nodes.join('-')}`
    const secretDigest = digestOfBytes(Buffer.from(id))
    const expiresAtMs = this.clock.wallMs() + 3_600_000
    await this.submit(ADMIN, 'create-token', {
      id,
      group,
      uses: nodes.length,
      expiresAtMs,
      secretDigest,
      idempotency: null,
    })
    for (const name of nodes) {
      const key = digestOfBytes(Buffer.from(name))
      await this.submit(NODE, 'redeem', { token: id, secretDigest, key, name })
      await this.submit(NODE, 'hello', { key, labels: {}, platform: {}, version: '1' })
    }
  }

  /** One agent says in one report that it applied these revisions, in this order. */
  async appliedTogether(
    node: string,
    ...revisions: readonly (readonly [group: string, revision: number])[]
  ): Promise<void> {
    const inputs = revisions.map(([group, revision]) =>
      this.#report(node, group, { revision, phase: 'applied' }, revision),
    )
    const groups = inputs.flatMap(({ body }) => (body as unknown as { groups: CborValue[] }).groups)
    const last = inputs.at(-1)
    if (last !== undefined)
      await this.leader.submit(() => ({ input: { ...last, body: { ...(last.body as object), groups } } }))
  }

  /** One agent reports one group. */
  async report(node: string, group: string, progress: Progress | null, active: number | null): Promise<void> {
    await this.leader.submit(() => ({ input: this.#report(node, group, progress, active) }))
  }

  /** The same as a fact that shares its record with others. */
  async reportFact(
    node: string,
    group: string,
    progress: Progress | null,
    active: number | null,
  ): Promise<void> {
    await this.leader.submitFact(this.#report(node, group, progress, active))
  }

  #report(node: string, group: string, progress: Progress | null, active: number | null): Input {
    // An agent's sequence outlives the central that heard it.
    const known = this.leader.view.get(nodeAddress(node))
    const heard = known === undefined ? 0 : contextOf<NodeContext>(known).reportSeq
    const seq = Math.max(this.#seqs.get(node) ?? 0, heard) + 1
    this.#seqs.set(node, seq)
    const one: GroupReport = {
      group,
      active,
      digest: null,
      activation: active ?? 0,
      progress,
      fallback: null,
      processes: 1,
    }
    return inputOf(NODE, 'report', { node, seq, groups: [one] })
  }

  /** A node stages, or goes the whole way. */
  async staged(group: string, revision: number, ...nodes: readonly string[]): Promise<void> {
    for (const node of nodes)
      await this.report(
        node,
        group,
        { revision, phase: 'staged' },
        this.group(group).committed?.revision ?? null,
      )
  }

  async applied(group: string, revision: number, ...nodes: readonly string[]): Promise<void> {
    for (const node of nodes) await this.report(node, group, { revision, phase: 'applied' }, revision)
  }

  async rejected(group: string, revision: number, ...nodes: readonly string[]): Promise<void> {
    for (const node of nodes)
      await this.report(node, group, { revision, phase: 'rejected', reason: 'bad' }, revision)
  }

  async liveness(to: string, ...nodes: readonly string[]): Promise<void> {
    await this.submit(SYSTEM, 'liveness', { changes: nodes.map(node => ({ node, to })) })
  }

  group(name: string): GroupContext {
    return contextOf<GroupContext>(this.record(groupAddress(name)))
  }

  job(id: string): JobContext & { readonly state: string } {
    const record = this.record(jobAddress(id))
    const value = valueOf(record)
    const state =
      typeof value === 'string'
        ? value
        : Object.entries(value as object)
            .flat()
            .join('.')
    return { ...contextOf<JobContext>(record), state }
  }

  stateOf(address: Address): unknown {
    return valueOf(this.record(address))
  }

  record(address: Address) {
    const record = this.leader.view.get(address)
    if (record === undefined) throw new Error(`there is no ${address}`)
    return record
  }
}

/** A set and a group over it. */
export function declare(value: string, policy = 'eventual', set = '/a', group = 'web'): string {
  return `
apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: ${set} }
spec: { entries: { greeting: "${value}" } }
---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: ${group} }
spec: { sets: [${set}], policy: ${policy} }
`
}
