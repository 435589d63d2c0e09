import { rolloutAddress } from '../../actors/vocabulary/addresses.ts'
import { emit, type Instruction, tell } from '../../actors/vocabulary/instruction.ts'
import type { PolicyContext } from './context.ts'

type Asked = { readonly expectsReply?: boolean }
type Because = { readonly reason: string }

/** The intents a policy may emit, version 1; the rollout carries them out. */
export const policyIntents = {
  /** Every node may fetch and fsync the candidate and ask its preparing processes. */
  stage: (context: PolicyContext) => toRollout(context, { type: 'STAGE' }),
  /** Every node that staged the candidate may serve it to its processes. */
  activate: (context: PolicyContext) => toRollout(context, { type: 'ACTIVATE' }),
  /** The candidate becomes what the group committed. */
  commit: (context: PolicyContext) => toRollout(context, { type: 'COMMIT' }),
  /** The candidate is given up; nodes that may run it get the content before it, as a new revision. */
  rollback: (context: PolicyContext, event: Asked, { reason }: Because) => [
    ...answer(event),
    toRollout(context, { type: 'ROLL_BACK', reason }),
  ],
  /** Nothing new begins until somebody resumes or aborts. */
  pause: (context: PolicyContext, event: Asked, { reason }: Because) => [
    ...answer(event),
    toRollout(context, { type: 'HOLD', reason }),
  ],
  resume: (context: PolicyContext, event: Asked) => [
    ...answer(event),
    toRollout(context, { type: 'CONTINUE' }),
  ],
  /** Nothing is left to decide. */
  finish: (context: PolicyContext) => toRollout(context, { type: 'FINISH' }),
  /** Tells people; decides nothing. */
  notify: ({ group, revision }: PolicyContext, _: unknown, { message }: { readonly message: string }) =>
    emit('policy.notified', { group, revision, message }),
} as const

function toRollout({ group, revision }: PolicyContext, event: Parameters<typeof tell>[1]): Instruction {
  return tell(rolloutAddress(group, revision), event)
}

/** Whoever asked for this gets an answer; a deadline or a fact asks for none. */
function answer({ expectsReply }: Asked): Instruction[] {
  return expectsReply === true ? [{ do: 'reply', body: null }] : []
}
