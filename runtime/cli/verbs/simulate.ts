import type { Command } from 'commander'
import { ExitWith } from '../exit-with.ts'
import { openSession } from '../session.ts'
import type { SimulateFlags } from '../simulate/parse-simulate.ts'
import { teach } from '../teach.ts'

export function declareSimulate(program: Command): void {
  const verb = program
    .command('simulate')
    .summary('run clusters under faults on virtual time')
    .description(
      'Runs a whole cluster in this process: central, agents and processes as they ship, on virtual time, while machines ' +
        'lose power, networks part, disks fail and admins race. A seed decides all of it. Exit 1 when a promise was broken, ' +
        'with its story and the command that runs it again.',
    )
    .option('--seed <n>', 'run one seed; without --seed and --seeds: a hundred random ones')
    .option('--seeds <a..b>', 'run all of them')
    .option('--scenario <name>', 'tell a short story that was written by hand; `list` names them all')
    .option('--jobs <n>', 'processes that run seeds beside one another')
    .option('--for <duration>', 'run random seeds for so long')
    .option('--set <name=value...>', 'replace what the seed decides, as its first line shows it')
    .option('--only <ids>', 'let only these faults and deeds of the seed happen, separated by commas')
    .option('--shrink', 'look for the fewest faults and deeds that break the same promise')
    .option('--story', 'print who did what when, also when all went well')
    .action(async (flags: SimulateFlags, command: Command) => {
      const { runSimulate } = await import('../simulate/run-simulate.ts')
      const kept = await runSimulate(await openSession(command), flags)
      if (!kept) throw new ExitWith(1)
    })
  teach(verb, {
    examples: [
      ['konor simulate --scenario list', 'short stories to begin with'],
      ['konor simulate --scenario bad-value-rolls-back', 'one of them'],
      ['konor simulate --seed 7 --story', 'one run, told'],
      ['konor simulate --seeds 1..1000 --jobs 2', 'a sweep'],
      ['konor simulate --seed 7 --shrink', 'the shortest story that breaks the same promise'],
    ],
    next: 'the command that a failure prints.',
  })
}
