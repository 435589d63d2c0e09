import type { MemberEvent } from './events.ts'
import type { MemberAddress, MemberId, Message } from './messages.ts'

/** What the host is to do, in this order. Nothing of it must succeed. */
export type Output =
  | {
      readonly kind: 'datagram'
      readonly to: MemberAddress
      readonly message: Message
    }
  | {
      /** A message that may outgrow a datagram. */
      readonly kind: 'stream'
      readonly to: MemberAddress
      readonly message: Message
    }
  | {
      /** Connect, ask who is there, and give `stream-probed` with the same `seq`, within `timeoutMs`. */
      readonly kind: 'stream-probe'
      readonly to: MemberAddress
      readonly seq: number
      readonly targetId: MemberId
      readonly timeoutMs: number
    }

/** What came of one input. */
export interface StepResult {
  readonly outputs: readonly Output[]
  readonly events: readonly MemberEvent[]
  /** When the next tick is due, not before the time of this input; `Infinity` after the member has left. */
  readonly nextWakeMs: number
}
