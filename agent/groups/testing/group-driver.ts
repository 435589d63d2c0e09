import type { Digest } from '../../../actors/vocabulary/canonical/digest.ts'
import { digestOf } from '../../../actors/vocabulary/canonical/digest.ts'
import type { Candidate, Desire } from '../../../actors/vocabulary/desire.ts'
import type { GroupReport } from '../../../actors/vocabulary/report.ts'
import type { Generation } from '../../../actors/vocabulary/revision.ts'
import { stepGroup } from '../group-core.ts'
import type { GroupAction, GroupInput } from '../group-input.ts'
import { type CommittedProof, type GroupRecord, emptyRecord } from '../../store/group-record.ts'
import type { Acknowledgement, GroupEvent, Registration, ServedState } from '../group-service.ts'
import { type GroupState, newGroupState } from '../group-state.ts'
import { reportOfGroup } from '../report-of-group.ts'
import { servedState } from '../served-state.ts'

export const APPLY_TIMEOUT_MS = 10_000
export const PREPARE_TIMEOUT_MS = 5_000

/** Revision `revision` with contents of its own, or with those of `contents`. */
export function generation(revision: number, contents = `contents of ${revision}`): Generation {
  return { revision, digest: digestOf(contents), sizeBytes: contents.length }
}

export function candidate(of: Generation, activate: boolean): Candidate {
  return { ...of, activate, prepareTimeoutMs: PREPARE_TIMEOUT_MS, applyTimeoutMs: APPLY_TIMEOUT_MS }
}

export function desire(fields: Partial<Desire>): Desire {
  const order = { timeline: 1, epoch: 1 }
  return { group: 'web', ...order, committed: null, candidate: null, retry: 0, removed: false, ...fields }
}

/** Central's word for a generation; the core never looks at the signature. */
export function proofOf(of: Generation, order: Partial<CommittedProof> = {}): CommittedProof {
  return { ...of, timeline: 1, epoch: 1, signature: new Uint8Array(64), ...order }
}

export function process(name: string, instance = '1', prepare = false): Registration {
  return { group: 'web', process: name, instance, pid: 1, prepare }
}

/** What a process heard, and when the core said so. */
export interface Heard {
  readonly event: GroupEvent
  readonly to: readonly string[]
}

/**
 * Runs one group's core as a host would, with a disk and a central that a test commands: records and bundles are
 * durable when the test says so, or at once.
 */
export class GroupDriver {
  state: GroupState
  /** What survives a crash. */
  disk: GroupRecord = emptyRecord('web')
  readonly stored = new Set<Digest>()
  /** Bundles that central cannot give. */
  readonly missing = new Set<Digest>()
  readonly damaged = new Set<Digest>()
  /** Bundles that a peer can give while the link is down. */
  readonly withPeers = new Set<Digest>()
  readonly heard: Heard[] = []
  readonly warnings: string[] = []
  readonly reports: GroupReport[] = []
  nowMs = 1000
  /** When set, what the host would do with disk and link waits in `held` for `release`. */
  holding = false
  readonly held: (GroupAction & { readonly do: 'persist' | 'obtain' })[] = []

  constructor() {
    this.state = newGroupState(this.disk, this.#wallMs)
    this.#run([{ type: 'BOOTED', recovered: false }, { type: 'LINK_UP' }])
  }

  get #wallMs(): number {
    return 1_700_000_000_000 + this.nowMs
  }

  get served(): ServedState | undefined {
    return servedState(this.state)
  }

  get report(): GroupReport {
    return reportOfGroup(this.state)
  }

  send(...inputs: GroupInput[]): void {
    this.#run(inputs)
  }

  desire(fields: Partial<Desire>): void {
    this.send({ type: 'DESIRED', desire: desire(fields) })
  }

  register(...registrations: Registration[]): void {
    for (const registration of registrations) this.send({ type: 'REGISTERED', registration })
  }

  /** Acknowledges the active generation, or the one that is being prepared. */
  acknowledge(registration: Registration, answer: Partial<Acknowledgement> = {}): void {
    const phase = answer.phase ?? 'applied'
    const asked = phase === 'applied' ? this.served?.activation : this.state.preparing?.round.activation
    const acknowledgement = { phase, activation: asked ?? 0, outcome: 'ok' as const, ...answer }
    this.send({ type: 'ACKNOWLEDGED', registration, acknowledgement })
  }

  pass(ms: number): void {
    this.nowMs += ms
    this.send({ type: 'WOKEN' })
  }

  /** Lets the oldest held action happen. */
  release(): void {
    const action = this.held.shift()
    if (action !== undefined) this.#run(this.#perform(action))
  }

  /** The machine dies: what was not durable is gone. Then it starts again, without a link. */
  crash(recovered = false): void {
    this.held.length = 0
    this.nowMs += 1
    this.state = newGroupState(this.disk, this.#wallMs)
    this.send({ type: 'BOOTED', recovered })
  }

  /** The events that the instance heard, as `event activation`. */
  heardBy(registration: Registration): string[] {
    const key = `${registration.process}\0${registration.instance}`
    return this.heard
      .filter(({ to }) => to.includes(key))
      .map(({ event }) => ('state' in event ? `${event.event} ${event.state.activation}` : event.event))
  }

  #run(inputs: readonly GroupInput[]): void {
    const queue = [...inputs]
    for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
      const step = stepGroup(this.state, input, { monotonicMs: this.nowMs, wallMs: this.#wallMs })
      this.state = step.state
      for (const action of step.actions) queue.push(...this.#take(action))
    }
  }

  #take(action: GroupAction): GroupInput[] {
    if (action.do === 'push') this.heard.push(action)
    if (action.do === 'warn') this.warnings.push(action.code)
    if (action.do === 'report') this.reports.push(this.report)
    if (action.do !== 'persist' && action.do !== 'obtain') return []
    if (!this.holding) return this.#perform(action)
    this.held.push(action)
    return []
  }

  #perform(action: GroupAction & { readonly do: 'persist' | 'obtain' }): GroupInput[] {
    if (action.do === 'persist') {
      this.disk = action.record
      return [{ type: 'PERSISTED' }]
    }
    const { digest } = action.generation
    if (this.stored.has(digest) && !this.damaged.has(digest)) return [{ type: 'OBTAINED', digest }]
    if (action.localOnly || (!this.state.linked && !this.withPeers.has(digest)))
      return [{ type: 'OBTAIN_FAILED', digest, failure: { kind: 'offline', reason: 'no link' } }]
    if (this.missing.has(digest))
      return [{ type: 'OBTAIN_FAILED', digest, failure: { kind: 'passing', reason: 'no such blob' } }]
    this.stored.add(digest)
    this.damaged.delete(digest)
    return [{ type: 'OBTAINED', digest }]
  }
}
