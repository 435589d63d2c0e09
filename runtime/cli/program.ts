import { Command } from 'commander'
import { programVersion } from './program-version.ts'
import { declareSettings } from './settings/setting-options.ts'
import { declareAgent } from './verbs/agent.ts'
import { declareApply } from './verbs/apply.ts'
import { declareBackup } from './verbs/backup.ts'
import { declareCompletion } from './verbs/completion.ts'
import { declareConfig } from './verbs/config.ts'
import { declareContext } from './verbs/context.ts'
import { declareDemo } from './verbs/demo.ts'
import { declareDelete } from './verbs/delete.ts'
import { declareDescribe } from './verbs/describe.ts'
import { declareDiff } from './verbs/diff.ts'
import { declareFreeze } from './verbs/freeze.ts'
import { declareGet } from './verbs/get.ts'
import { declareGossip } from './verbs/gossip.ts'
import { declareJob } from './verbs/job.ts'
import { declareJournal } from './verbs/journal.ts'
import { declareNode } from './verbs/node.ts'
import { declarePlan } from './verbs/plan.ts'
import { declareRead } from './verbs/read.ts'
import { declareRehearse } from './verbs/rehearse.ts'
import { declareReplay } from './verbs/replay.ts'
import { declareRollout } from './verbs/rollout.ts'
import { declareRun } from './verbs/run.ts'
import { declareSimulate } from './verbs/simulate.ts'
import { declareToken } from './verbs/token.ts'
import { declareUp } from './verbs/up.ts'
import { declareVersion } from './verbs/version.ts'
import { declareWait } from './verbs/wait.ts'
import { declareWatch } from './verbs/watch.ts'

/** All verbs, in the order in which help lists them. Declaring one is cheap; what it needs it loads when it runs. */
const VERBS = [
  declareUp,
  declareAgent,
  declareToken,
  declareApply,
  declareDiff,
  declarePlan,
  declareRehearse,
  declareGet,
  declareDescribe,
  declareDelete,
  declareConfig,
  declareRollout,
  declareJob,
  declareWait,
  declareWatch,
  declareNode,
  declareGossip,
  declareFreeze,
  declareRead,
  declareRun,
  declareJournal,
  declareReplay,
  declareBackup,
  declareSimulate,
  declareDemo,
  declareContext,
  declareCompletion,
  declareVersion,
]

/** The command tree of `konor`. Usage errors throw `CommanderError` instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('konor')
    .description('Rolls configuration out to every process on every node, safely, and can show that it did.')
    .version(programVersion(), '-V, --version', 'the version of this program')
    .showHelpAfterError('(konor VERB --help shows arguments and an example)')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText('after', '\nBegin with: konor up, then konor apply -f FILE, then konor token create GROUP.')
  declareSettings(program, 'client')
  for (const declare of VERBS) declare(program)
  throwUsageErrors(program)
  refuseHelpOfUnknownVerbs(program)
  return program
}

/** Commander copies its settings to verbs when they are declared, so each one is told. */
function throwUsageErrors(command: Command): void {
  command.exitOverride()
  for (const verb of command.commands) throwUsageErrors(verb)
}

/** Commander answers `konor WRONG --help` with the help of `konor`, as if all were well. */
function refuseHelpOfUnknownVerbs(command: Command): void {
  const known = new Set(['help', ...command.commands.map(verb => verb.name())])
  command.on('beforeHelp', ({ error }: { readonly error: boolean }) => {
    const [named] = command.args
    if (error || named === undefined || named.startsWith('-') || known.has(named)) return
    command.error(`error: unknown command '${named}'`, { code: 'commander.unknownCommand' })
  })
  for (const verb of command.commands) if (verb.commands.length > 0) refuseHelpOfUnknownVerbs(verb)
}
