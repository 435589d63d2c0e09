import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findProjectRoot } from '../tidy/project-files.ts'
import { allMutations } from './all-mutations.ts'
import type { Mutation } from './mutation.ts'
import { caughtShare, renderVerdicts, sharesOf } from './render-verdicts.ts'
import { KillerFailsAnyway, runMutants } from './run-mutants.ts'
import type { Verdict } from './verdict.ts'

// npm run mutate -- [--by simulator|tests] [--command '…'] [--only PART]… [--seeds N] [--jobs N] [--json FILE]
// Puts each seeded fault into a copy of the product and runs a command that should notice it.

const HELP = `npm run mutate -- [OPTIONS]
  --by simulator|tests   what should notice: a sweep of the simulator (sweep.ts) over the faults that it reaches
                         (default), or each fault's own tests
  --command '…'          another command, run in the copy; {tests} stands for the patterns of the fault's own tests
  --only PART            faults whose id has PART in it; may be repeated
  --list                 lists the faults and ends
  --seeds N              seeds of the sweep (default 20)
  --jobs N               copies at once (default 2)
  --timeout SECONDS      for one fault (default 300)
  --goal SHARE           exit 1 below it (default 0.95)
  --json FILE            every verdict`

const { values } = parseArgs({
  options: {
    by: { type: 'string', default: 'simulator' },
    command: { type: 'string' },
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '2' },
    timeout: { type: 'string', default: '300' },
    goal: { type: 'string', default: '0.95' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const root = findProjectRoot()
const bySimulator = values.by === 'simulator' && values.command === undefined
const chosen = allMutations.filter(
  ({ id, reach }) =>
    (values.only === undefined || values.only.some(part => id.includes(part))) &&
    (!bySimulator || values.only !== undefined || reach === 'simulator'),
)

if (values.help) console.error(HELP)
else if (values.list)
  for (const { id, reach, breaks, models } of chosen)
    console.log(`${id}  [${reach}; ${breaks.join(', ')}]  ${models}`)
else if (chosen.length === 0) fail('no fault has such an id: --list shows all')
else await mutate()

async function mutate(): Promise<void> {
  // Copies are removed when the process ends, which it must do in good order.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  try {
    const verdicts = await runMutants({
      root,
      mutations: chosen,
      killerOf,
      timeoutMs: Number(values.timeout) * 1_000,
      jobs: Number(values.jobs),
      onVerdict: (verdict, done) => console.error(progressLine(verdict, done)),
    })
    console.log(renderVerdicts(verdicts))
    if (values.json !== undefined) writeFileSync(values.json, jsonOf(verdicts))
    if (caughtShare(verdicts) < Number(values.goal)) process.exitCode = 1
  } catch (thrown) {
    if (!(thrown instanceof KillerFailsAnyway)) throw thrown
    fail(thrown.message)
  }
}

function killerOf({ tests }: Mutation): string {
  const patterns = tests.map(pattern => `'build/${pattern}.test.js'`).join(' ')
  if (values.command !== undefined) return values.command.replaceAll('{tests}', patterns)
  if (bySimulator) return `node build/simulations/mutations/sweep.js --to ${values.seeds}`
  return `npx ava --fail-fast ${patterns}`
}

function progressLine({ id, outcome, seconds, evidence = '' }: Verdict, done: number): string {
  return `${String(done).padStart(3)}/${chosen.length}  ${outcome.padEnd(8)}  ${id}  ${seconds} s  ${evidence}`
}

function jsonOf(verdicts: readonly Verdict[]): string {
  const command = values.command ?? (bySimulator ? `seeds 1 to ${values.seeds}` : 'tests')
  const report = { command, share: caughtShare(verdicts), modules: sharesOf(verdicts), verdicts }
  return `${JSON.stringify(report, null, 2)}\n`
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 2
}
