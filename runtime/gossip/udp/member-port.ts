import type { Input } from '../core/inputs.ts'
import type { MemberId } from '../core/messages.ts'
import type { StepResult } from '../core/outputs.ts'
import type { RecordSeal } from '../core/record-seal.ts'

/** What the host needs of the membership core: one pure step, and who it says that it is. */
export interface MemberPort {
  readonly self: { readonly id: MemberId; readonly epoch: number; readonly incarnation: number }
  /** When it next wants a tick. */
  readonly nextWakeMs: number
  step(input: Input): StepResult
}

/** What is known only when the sockets are bound. */
export interface MemberBoot {
  readonly id: MemberId
  /** Where others reach this member. */
  readonly address: string
  readonly nowMs: number
  readonly seal: RecordSeal
}
