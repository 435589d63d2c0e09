import type { MemberAddress, MemberId, Message, Sender } from './messages.ts'

/** `nowMs` is monotonic time of the host, any start; it never goes back, and the wall clock has no part in it. */
interface Timed {
  readonly nowMs: number
}

/** What a member is told by its host. */
export type Input =
  | (Timed & {
      /** A message whose sender the host has authenticated. */
      readonly kind: 'message'
      readonly from: Sender
      readonly message: Message
    })
  | (Timed & {
      /**
       * Time has passed. Given at `nextWakeMs` or later, and only after every datagram that had arrived was given as a
       * message: nothing is decided by a deadline while an answer lies unread.
       */
      readonly kind: 'tick'
      /** How late the host's event loop ran since the tick before; 0 when it ran in time. */
      readonly loopLagMs: number
    })
  | (Timed & {
      /** What came of a `stream-probe`; may be left out when nothing came of it in its time. */
      readonly kind: 'stream-probed'
      readonly seq: number
      /** Who answered, authenticated; absent when nobody did. */
      readonly answeredBy?: { readonly id: MemberId; readonly epoch: number; readonly incarnation: number }
    })
  | (Timed & {
      /** The operating system refused to send there. */
      readonly kind: 'send-failed'
      readonly to: MemberAddress
    })
  | (Timed & {
      /** The machine slept: wall and monotonic time drifted apart. */
      readonly kind: 'suspended'
    })
  | (Timed & {
      /** Asks the seeds to let it in; repeated until one of them answers. */
      readonly kind: 'join'
      readonly seeds: readonly MemberAddress[]
    })
  | (Timed & {
      /** Says farewell: others will call it left, not dead. */
      readonly kind: 'leave'
    })
  | (Timed & {
      /** What is new about this member. Another address or metadata makes a new incarnation; a heartbeat does not. */
      readonly kind: 'describe'
      readonly address?: MemberAddress
      readonly metaHash?: string
      readonly heartbeat?: Uint8Array
    })
  | (Timed & {
      /** Tells everyone a small fact of the application. */
      readonly kind: 'broadcast'
      readonly name: string
      readonly payload: Uint8Array
    })
