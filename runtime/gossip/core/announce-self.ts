import type { MemberState } from './member-state.ts'
import type { RecordState, Update } from './messages.ts'
import type { MemberRecord } from './member-record.ts'

/** Our own record, signed where there is a seal. */
export function ownUpdate(state: MemberState, recordState: RecordState & ('alive' | 'left')): Update {
  const { id, epoch, incarnation, address, metaHash } = state.self
  const alive = recordState === 'alive'
  const update: Update = {
    state: recordState,
    id,
    epoch,
    incarnation,
    ...(alive ? { address } : {}),
    ...(alive && metaHash !== undefined ? { metaHash } : {}),
  }
  return state.seal === undefined ? update : { ...update, signature: state.seal.sign(update) }
}

/** Tells everyone of our present life, or that we leave. */
export function announceSelf(state: MemberState, recordState: 'alive' | 'left' = 'alive'): void {
  const update = ownUpdate(state, recordState)
  storeSelf(state, update, recordState)
  state.queue.put(update)
}

/** Puts our own record into the table, where others that ask find it. */
export function storeSelf(state: MemberState, update: Update, status: 'alive' | 'left'): void {
  const { id, epoch, incarnation, address, metaHash } = state.self
  const record: MemberRecord = {
    id,
    epoch,
    incarnation,
    status,
    accusers: [],
    address,
    ...(metaHash === undefined ? {} : { metaHash }),
    ...(update.signature === undefined ? {} : { signature: update.signature }),
    joined: true,
    sinceMs: state.nowMs,
  }
  const slot = state.table.set(record)
  if (slot !== undefined) state.order.insert(slot)
}
