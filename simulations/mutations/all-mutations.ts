import type { Mutation } from './mutation.ts'
import { agentStoreMutations } from './table/agent-store.ts'
import { centralMutations } from './table/centrals.ts'
import { gossipMutations } from './table/gossip.ts'
import { journalMutations } from './table/journal.ts'
import { journalStreamMutations } from './table/journal-stream.ts'
import { kernelMutations } from './table/kernel.ts'
import { linkMutations } from './table/link.ts'
import { policyMutations } from './table/policies.ts'
import { rolloutMutations } from './table/rollout.ts'
import { schedulerMutations } from './table/scheduler.ts'
import { socketMutations } from './table/socket.ts'
import { stepRunnerMutations } from './table/step-runner.ts'

/** Every seeded fault, in the order of the modules. */
export const allMutations: readonly Mutation[] = [
  ...kernelMutations,
  ...journalMutations,
  ...journalStreamMutations,
  ...schedulerMutations,
  ...centralMutations,
  ...stepRunnerMutations,
  ...rolloutMutations,
  ...policyMutations,
  ...agentStoreMutations,
  ...socketMutations,
  ...linkMutations,
  ...gossipMutations,
]
