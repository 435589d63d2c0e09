import type { GroupAction, GroupInput, Now, WriteCause } from './group-input.ts'
import type { GroupRecord } from '../store/group-record.ts'
import type { GroupState } from './group-state.ts'
import { candidateOf, committedOf } from './wanted.ts'

/** One step of the core while it is being taken: the state so far and the actions it calls for. */
export interface Draft {
  state: GroupState
  readonly now: Now
  readonly actions: GroupAction[]
}

export function change(draft: Draft, changes: Partial<GroupState>): void {
  draft.state = { ...draft.state, ...changes }
}

/** The inputs of a type. */
export type InputOf<T extends GroupInput['type']> = Extract<GroupInput, { readonly type: T }>

/**
 * Begins to write the next record. Until PERSISTED nobody is told of it and no other is begun. What central wants is
 * written along, for the report of a later life.
 */
export function write(draft: Draft, record: GroupRecord, cause: WriteCause): void {
  const { state } = draft
  const wanted = { committed: committedOf(state), candidate: candidateOf(state), proof: state.proof }
  const next = record.member ? { ...record, ...wanted, ...honouredRetry(state) } : record
  change(draft, { writing: { record: next, cause } })
  draft.actions.push({ do: 'persist', record: next, cause })
}

/** A restored central counts its retries anew in its new timeline. */
function honouredRetry(state: GroupState): Pick<GroupRecord, 'retry' | 'retryTimeline'> {
  const { desire, record, isFromPeer } = state
  const { retry, retryTimeline } = record
  if (desire === null || isFromPeer) return { retry, retryTimeline }
  if (desire.timeline !== retryTimeline) return { retry: desire.retry, retryTimeline: desire.timeline }
  return { retry: Math.max(retry, desire.retry), retryTimeline }
}
