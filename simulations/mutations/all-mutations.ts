import type { Mutation } from './mutation.ts'
import { agentStoreMutations } from './table/agent-store.ts'
import { centralMutations } from './table/centrals.ts'
import { gossipMutations } from './table/gossip.ts'
import { journalMutations } from './table/journal.ts'
import { journalStreamMutations } from './table/journal-stream.ts'
import { kernelMutations } from './table/kernel.ts'
import { linkMutations } from './table/link.ts'
import { moreAgentStoreMutations } from './table/more-agent-store.ts'
import { moreGossipMutations } from './table/more-gossip.ts'
import { moreJournalMutations } from './table/more-journal.ts'
import { moreKernelMutations } from './table/more-kernel.ts'
import { moreLinkMutations } from './table/more-link.ts'
import { morePolicyMutations } from './table/more-policies.ts'
import { moreRolloutMutations } from './table/more-rollout.ts'
import { moreSchedulerMutations } from './table/more-scheduler.ts'
import { moreSocketMutations } from './table/more-socket.ts'
import { moreStepRunnerMutations } from './table/more-step-runner.ts'
import { policyMutations } from './table/policies.ts'
import { rolloutMutations } from './table/rollout.ts'
import { schedulerMutations } from './table/scheduler.ts'
import { socketMutations } from './table/socket.ts'
import { stepRunnerMutations } from './table/step-runner.ts'

/** Every seeded fault, in the order of the modules. */
export const allMutations: readonly Mutation[] = [
  ...kernelMutations,
  ...moreKernelMutations,
  ...journalMutations,
  ...journalStreamMutations,
  ...moreJournalMutations,
  ...schedulerMutations,
  ...centralMutations,
  ...moreSchedulerMutations,
  ...stepRunnerMutations,
  ...moreStepRunnerMutations,
  ...rolloutMutations,
  ...moreRolloutMutations,
  ...policyMutations,
  ...morePolicyMutations,
  ...agentStoreMutations,
  ...moreAgentStoreMutations,
  ...socketMutations,
  ...moreSocketMutations,
  ...linkMutations,
  ...moreLinkMutations,
  ...gossipMutations,
  ...moreGossipMutations,
]
