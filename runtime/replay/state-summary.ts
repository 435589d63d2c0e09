import type { ConfigSetContext } from '../../actors/configset/chart.ts'
import type { GroupContext } from '../../actors/group/context.ts'
import type { LockContext } from '../../actors/lock/chart.ts'
import type { Address } from '../../actors/vocabulary/address.ts'
import { kindOf } from '../../actors/vocabulary/address.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import type { TimerView } from '../engine/views.ts'
import { contextOf, isDone } from '../kernel/actor-record.ts'
import type { KernelState, Position } from '../kernel/kernel-state.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { actorState } from './actor-state.ts'
import { timersOf } from './actor-view.ts'
import type { Replay, ReplayChecks } from './replay.ts'

/** What a state holds, counted, and what is under way in it. */
export interface StateSummary extends Position {
  readonly stateHash: Digest
  readonly checks: ReplayChecks
  readonly actors: readonly { readonly kind: string; readonly state: string; readonly count: number }[]
  /** Each ConfigSet with its head. */
  readonly heads: readonly { readonly path: string; readonly version: number }[]
  readonly groups: readonly {
    readonly group: string
    readonly state: string
    readonly committed: number | null
    readonly candidate: number | null
  }[]
  readonly locks: readonly {
    readonly resource: string
    readonly holder: string
    readonly heldMs: number
    readonly token: number
    readonly waiting: readonly string[]
  }[]
  /** Armed timers, the next one first; `inMs` is journal time from here. */
  readonly timers: readonly (TimerView & { readonly address: Address; readonly inMs: number })[]
  readonly outbox: readonly { readonly key: string; readonly kind: string; readonly from: Address }[]
  /** How many of each list there are when a list is cut. */
  readonly counts: Readonly<Record<'heads' | 'groups' | 'locks' | 'timers' | 'outbox', number>>
}

/** Sums a state up; each list holds at most `limit`. Hashes the whole state. */
export function stateSummary({ state, checks }: Replay, limit: number): StateSummary {
  const { position } = state
  const lists = {
    heads: headsOf(state),
    groups: groupsOf(state),
    locks: locksOf(state),
    timers: timersIn(state),
    outbox: [...state.effects().values()].map(({ key, kind, from }) => ({ key, kind, from })),
  }
  const cut = <Item>(list: readonly Item[]): readonly Item[] => list.slice(0, limit)
  return {
    ...position,
    stateHash: digestOfBytes(encodeState(state)),
    checks,
    actors: actorCounts(state),
    heads: cut(lists.heads),
    groups: cut(lists.groups),
    locks: cut(lists.locks),
    timers: cut(lists.timers),
    outbox: cut(lists.outbox),
    counts: {
      heads: lists.heads.length,
      groups: lists.groups.length,
      locks: lists.locks.length,
      timers: lists.timers.length,
      outbox: lists.outbox.length,
    },
  }
}

function actorCounts(state: KernelState): StateSummary['actors'] {
  const counts = new Map<string, { kind: string; state: string; count: number }>()
  for (const record of state.actors()) {
    const kind = kindOf(record.address)
    const name = actorState(record)
    const entry = counts.get(`${kind} ${name}`)
    if (entry === undefined) counts.set(`${kind} ${name}`, { kind, state: name, count: 1 })
    else entry.count++
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}

function headsOf(state: KernelState): StateSummary['heads'] {
  return state
    .list('configset')
    .filter(record => !isDone(record))
    .map(record => contextOf<ConfigSetContext>(record))
    .map(({ path, head }) => ({ path, version: head.version }))
}

function groupsOf(state: KernelState): StateSummary['groups'] {
  return state
    .list('group')
    .filter(record => !isDone(record))
    .map(record => {
      const { name, committed, candidate } = contextOf<GroupContext>(record)
      return {
        group: name,
        state: actorState(record),
        committed: committed?.revision ?? null,
        candidate: candidate?.revision ?? null,
      }
    })
}

function locksOf(state: KernelState): StateSummary['locks'] {
  const { timeMs } = state.position
  return state.list('lock').flatMap(record => {
    const { resource, holder, sinceMs, token, queue } = contextOf<LockContext>(record)
    return holder === null ? [] : [{ resource, holder, heldMs: timeMs - sinceMs, token, waiting: queue }]
  })
}

function timersIn(state: KernelState): StateSummary['timers'] {
  const { timeMs } = state.position
  return [...state.actors()]
    .flatMap(record =>
      timersOf(record).map(timer => ({ address: record.address, ...timer, inMs: timer.dueMs - timeMs })),
    )
    .sort((a, b) => a.dueMs - b.dueMs || (a.address < b.address ? -1 : 1))
}
