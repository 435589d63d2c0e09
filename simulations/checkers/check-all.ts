import type { KernelState } from '../../runtime/kernel/kernel-state.ts'
import type { MemoryDisk } from '../../runtime/journal/memory-journal.ts'
import { checkAgents } from './agents/check-agents.ts'
import { checkProcesses } from './agents/check-processes.ts'
import { checkAudit } from './check-audit.ts'
import { checkCommands } from './check-commands.ts'
import { checkCommits } from './check-commits.ts'
import { checkDeadlines } from './check-deadlines.ts'
import { checkDeclares } from './check-declares.ts'
import { checkDesires } from './check-desires.ts'
import { checkEffects } from './check-effects.ts'
import { checkEnds } from './check-ends.ts'
import { checkFacts } from './check-facts.ts'
import { checkFreshness } from './check-freshness.ts'
import { checkFreezes } from './check-freezes.ts'
import { checkFold, type FoldAgain } from './check-fold.ts'
import { checkGossip } from './check-gossip.ts'
import { checkGossipSteps } from './check-gossip-steps.ts'
import { checkLiveness } from './check-liveness.ts'
import { checkLinks } from './check-links.ts'
import { checkJobs } from './check-jobs.ts'
import { checkJournal } from './check-journal.ts'
import { checkJournalTime } from './check-journal-time.ts'
import { checkJournalPort } from './check-journal-port.ts'
import { checkLeadership } from './check-leadership.ts'
import { checkLoad } from './check-load.ts'
import { checkLocks } from './check-locks.ts'
import { checkModel } from './check-model.ts'
import { checkOutcasts } from './check-outcasts.ts'
import { checkPlans } from './check-plans.ts'
import { checkRegisters } from './check-registers.ts'
import { checkRepetitions } from './check-repetitions.ts'
import { checkReplay } from './check-replay.ts'
import { checkReplies } from './check-replies.ts'
import { checkReports } from './check-reports.ts'
import { checkRollouts } from './check-rollouts.ts'
import { checkSightings } from './check-sightings.ts'
import { checkTransfers } from './check-transfers.ts'
import { checkTokens } from './check-tokens.ts'
import { checkValues } from './check-values.ts'
import type { Evidence, Violation } from './evidence.ts'

/** Every checker that asks what was written down, by name. */
export const CHECKERS: Readonly<Record<string, (evidence: Evidence) => Violation[]>> = {
  journal: checkJournal,
  'journal-port': checkJournalPort,
  jobs: checkJobs,
  audit: checkAudit,
  locks: checkLocks,
  rollouts: checkRollouts,
  commits: checkCommits,
  model: checkModel,
  reports: checkReports,
  facts: checkFacts,
  agents: checkAgents,
  processes: checkProcesses,
  commands: checkCommands,
  links: checkLinks,
  desires: checkDesires,
  transfers: checkTransfers,
  liveness: checkLiveness,
  'gossip steps': checkGossipSteps,
  sightings: checkSightings,
  registers: checkRegisters,
  repetitions: checkRepetitions,
  load: checkLoad,
  gossip: checkGossip,
  leadership: checkLeadership,
  declares: checkDeclares,
  plans: checkPlans,
  freezes: checkFreezes,
  replies: checkReplies,
  values: checkValues,
  'journal time': checkJournalTime,
  deadlines: checkDeadlines,
  effects: checkEffects,
  ends: checkEnds,
  freshness: checkFreshness,
  outcasts: checkOutcasts,
  tokens: checkTokens,
}

/** Those that ask the journal alone, also of one that began before the run. */
const ALONE = ['journal', 'jobs', 'audit', 'locks', 'rollouts', 'commits', 'plans', 'freezes', 'journal time']

/** The verdict upon a journal that a run went on from. */
export async function checkFork(
  evidence: Evidence,
  disk: MemoryDisk,
  live: KernelState | undefined,
): Promise<Violation[]> {
  const told = ALONE.flatMap(name => CHECKERS[name]?.(evidence) ?? [])
  return live === undefined ? told : [...told, ...(await checkReplay(disk, live))]
}

/** The verdict of all of them, and whether the journal folds to the state that leads; `live` when one leads. */
export async function checkAll(
  evidence: Evidence,
  disk: MemoryDisk,
  live: KernelState | undefined,
  again: FoldAgain,
): Promise<Violation[]> {
  const told = Object.values(CHECKERS).flatMap(check => check(evidence))
  const folded = [...told, ...checkFold(evidence, again)]
  return live === undefined ? folded : [...folded, ...(await checkReplay(disk, live))]
}
