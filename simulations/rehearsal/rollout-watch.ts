import type { SubscriptionContext } from '../../actors/subscription/chart.ts'
import type { Folded } from '../../runtime/engine/leader.ts'
import { contextOf } from '../../runtime/kernel/actor-record.ts'
import type { StateView } from '../../runtime/kernel/kernel-state.ts'
import type { RehearsalEnd, Rejection } from '../../runtime/rehearsals/rehearsal-outcome.ts'
import { namesOf } from './mishap.ts'

/** Refusals of one revision that are kept by name. */
const REFUSALS_MAX = 3

interface Verdict {
  readonly end: RehearsalEnd
  readonly reason: string | null
  readonly because: string | null
}

/** Follows one job by the events of the journal: how it ends, why, and who ran what was taken back. */
export class RolloutWatch {
  readonly #job: string
  readonly #membersOf: (group: string) => number
  /** Whether a group began with that revision: who refuses it does not refuse the change. */
  readonly #wasThere: (group: string, revision: number) => boolean
  readonly #activated = new Map<string, Set<string>>()
  readonly #refusals = new Map<string, string[]>()
  /** Group -> nodes that rejected what the change brought it. */
  readonly #rejecting = new Map<string, Set<string>>()
  readonly #undone = new Set<string>()
  #verdict: Verdict | undefined
  #committedAtMs: number | null = null

  constructor(
    job: string,
    membersOf: (group: string) => number,
    wasThere: (group: string, revision: number) => boolean,
  ) {
    this.#job = job
    this.#membersOf = membersOf
    this.#wasThere = wasThere
  }

  /** How it stands: a commit may still be taken back. */
  get verdict(): Verdict | undefined {
    return this.#verdict
  }

  get committedAtMs(): number | null {
    return this.#committedAtMs
  }

  activated(node: string, group: string, revision: number): void {
    const key = `${group} ${revision}`
    const nodes = this.#activated.get(key) ?? new Set()
    this.#activated.set(key, nodes.add(node))
  }

  /** How many nodes run or ran that revision. */
  ran(group: string, revision: number): number {
    return this.#activated.get(`${group} ${revision}`)?.size ?? 0
  }

  folded({ outputs }: Pick<Folded, 'outputs'>, view: StateView, nowMs: number): void {
    for (const { type, data } of outputs) {
      const { group, revision } = data as { group?: string; revision?: number }
      const key = `${group} ${revision}`
      if (type === 'subscription.rejected') this.#refused(key, data)
      if (type === 'subscription.rejected' && group !== undefined && revision !== undefined)
        this.#rejected(group, revision, text(data['node']))
      if (type === 'rollout.undone' && group !== undefined && revision !== undefined) {
        this.#undone.add(key)
        this.#end('rolled-back', data['reason'], this.#because(view, group, revision))
      }
      if (type === 'rollout.paused' && group !== undefined)
        this.#end('paused', data['reason'], laggards(view, group, undefined))
      if (type === 'job.ended' && data['job'] === this.#job) this.#ended(data, nowMs)
    }
  }

  /** Largest share of a group's nodes that ran what was taken back. */
  get blastRadius(): number {
    const shares = [...this.#undone].map(key => {
      const [group = ''] = key.split(' ')
      return (this.#activated.get(key)?.size ?? 0) / Math.max(1, this.#membersOf(group))
    })
    return Math.max(0, ...shares)
  }

  /** The group the largest share of whose nodes rejected the change. */
  get rejected(): Rejection | null {
    const all = [...this.#rejecting].map(([group, { size }]) => {
      return { group, nodes: size, of: this.#membersOf(group) }
    })
    const [most] = all.toSorted((a, b) => b.nodes / Math.max(1, b.of) - a.nodes / Math.max(1, a.of))
    return most ?? null
  }

  #rejected(group: string, revision: number, node: string): void {
    if (this.#wasThere(group, revision)) return
    const nodes = this.#rejecting.get(group) ?? new Set()
    this.#rejecting.set(group, nodes.add(node))
  }

  #ended(data: Readonly<Record<string, unknown>>, nowMs: number): void {
    if (data['state'] !== 'succeeded') {
      this.#verdict ??= { end: 'failed', reason: text(data['reason'] ?? data['state']), because: null }
      return
    }
    this.#committedAtMs = nowMs
    this.#verdict ??= { end: 'committed', reason: null, because: null }
  }

  #refused(key: string, { node, reason }: Readonly<Record<string, unknown>>): void {
    const known = this.#refusals.get(key) ?? []
    this.#refusals.set(key, known)
    if (known.length < REFUSALS_MAX) known.push(`${text(node)}: ${text(reason)}`)
  }

  #because(view: StateView, group: string, revision: number): string | null {
    const refusals = this.#refusals.get(`${group} ${revision}`)
    return refusals === undefined ? laggards(view, group, revision) : refusals.join('; ')
  }

  /**
   * What was taken back weighs more than that it had been committed, and the first reason explains the rest.
   */
  #end(end: RehearsalEnd, reason: unknown, because: string | null): void {
    if (this.#verdict !== undefined && this.#verdict.end !== 'committed') return
    // A reason tells its refusals after a colon: they are this run's own, the rest is what runs have in
    // common.
    const [head = ''] = text(reason).split(': ')
    this.#verdict = { end, reason: head, because }
  }
}

/** Whom a rollout waits for: who is away, else who has not come as far as the others. */
export function laggards(view: StateView, group: string, revision: number | undefined): string | null {
  const subscriptions = view.listBelow(`sub/${group}/`).map(record => contextOf<SubscriptionContext>(record))
  const wanted = revision ?? Math.max(0, ...subscriptions.map(({ progress }) => progress?.revision ?? 0))
  const behind = subscriptions.filter(
    ({ progress }) => progress?.revision !== wanted || !DONE.has(progress.phase),
  )
  const offline = behind.filter(one => one.offline).map(({ node }) => node)
  if (offline.length > 0) return `${namesOf(offline)} ${offline.length === 1 ? 'is' : 'are'} offline`
  const slow = behind.map(({ node }) => node)
  return slow.length === 0 ? null : `${namesOf(slow)} did not get there`
}

const DONE = new Set(['staged', 'applied'])

function text(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : 'no reason given'
}
