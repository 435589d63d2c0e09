import type { Command } from 'commander'
import type { RehearsalReport } from '../../rehearsals/rehearsal-report.ts'
import type { Tally } from '../../rehearsals/tally.ts'
import { ExitWith } from '../exit-with.ts'
import { fileOption } from '../file-option.ts'
import { readRehearseFlags, type RehearseFlags, type RehearseWish } from '../rehearsal/rehearse-flags.ts'
import { openSession, type Session } from '../session.ts'
import { teach } from '../teach.ts'

/** What a shell calls the end of a program by Ctrl-C. */
const EXIT_INTERRUPTED = 130

export function declareRehearse(program: Command): void {
  const verb = program
    .command('rehearse')
    .summary('play a change many times, with crashes and partitions, before it is applied')
    .description(
      'Plays the manifests on a simulated cluster under many seeds, by the real engine and policies, while machines crash and networks part. Says how often and how soon the change commits, why not, how many nodes a bad one reaches, and how many reject it though it commits. Exits 1 when a limit is exceeded.',
    )
    .addOption(fileOption())
    .option('--seeds <n>', 'how many runs (default 100)')
    .option('--seed <n>', 'this run alone, with its story')
    .option('--nodes <n>', 'offline: a cluster of so many nodes, made up from the manifests')
    .option('--processes <n>', 'offline: processes of each node in each group (default 1)')
    .option('--policy <name>', 'offline: roll out by this policy')
    .option('--faults <profile>', 'none, light, heavy or swarm (default light)')
    .option('--reject <share>', 'chance that a process rejects the change, such as 1%')
    .option('--slow <p99=duration>', 'how slowly processes acknowledge (default p99=500ms)')
    .option('--jobs <n>', 'offline: threads (default one for each processor)')
    .option('--max-rollback <share>', 'limit: share of runs that are rolled back, such as 5%')
    .option('--max-paused <share>', 'limit: share of runs that are paused')
    .option('--max-failed <share>', 'limit: share of runs that fail or do not end')
    .option('--max-blast <share>', 'limit: share of a group that runs what is rolled back, in the worst run')
    .option('--max-rejected <share>', 'limit: share of a group that rejects the change, in the worst run')
    .option('--max-time <p99=duration>', 'limit: time to commit; a run that does not commit takes for ever')
    .action(async (flags: RehearseFlags, command: Command) => {
      const session = await openSession(command)
      const wish = readRehearseFlags(flags)
      const { awaitInterruption } = await import('../rehearsal/interruption.ts')
      const { signal, release } = awaitInterruption()
      const report = await play(session, flags.file, wish, signal).finally(release)
      session.io.progress(undefined)
      await show(session, wish, report)
      if (report.runs < report.wanted) throw new ExitWith(EXIT_INTERRUPTED)
      if (report.exceeded) throw new ExitWith(1)
    })
  teach(verb, {
    examples: [
      ['konor rehearse -f change.yaml', '100 runs on the shape of the cluster as it is'],
      ['konor rehearse -f change.yaml --nodes 500', 'offline, on 500 nodes'],
      ['konor rehearse -f change.yaml --nodes 500 --faults heavy --reject 1%', 'a bad day'],
      ['konor rehearse -f change.yaml --nodes 50 --seed 17', 'what happened in that run'],
      [
        'konor rehearse -f change.yaml --nodes 500 --max-rollback 5% --max-rejected 0% -o json',
        'a gate for CI: exits 1 when a limit is exceeded',
      ],
    ],
    next: 'konor apply -f FILE.',
  })
}

async function play(
  session: Session,
  files: readonly string[],
  wish: RehearseWish,
  signal: AbortSignal,
): Promise<RehearsalReport> {
  const { nodes } = wish
  const tell = (progress: Progress): void => tellProgress(session, progress, wish.seeds.length)
  if (nodes !== undefined) {
    const { rehearseOffline } = await import('../rehearsal/rehearse-offline.ts')
    return rehearseOffline(
      files,
      { ...wish, nodes },
      {
        signal,
        onOutcome({ seed, end }, tally) {
          session.io.detail(`seed ${seed}: ${end}`)
          tell(tally)
        },
      },
    )
  }
  const { rehearseAtCentral } = await import('../rehearsal/rehearse-at-central.ts')
  return rehearseAtCentral(session.client(), files, wish, {
    timeoutMs: session.followTimeoutMs,
    signal,
    onProgress: tell,
  })
}

type Progress = Pick<Tally, 'runs' | 'ends'>

function tellProgress({ io }: Session, { runs, ends }: Progress, wanted: number): void {
  io.progress(
    `rehearsed ${runs} of ${wanted}: ${ends.committed} committed, ${ends['rolled-back']} rolled back`,
  )
}

async function show(session: Session, wish: RehearseWish, report: RehearsalReport): Promise<void> {
  const { renderOutcome, renderReport } = await import('../rehearsal/render-report.ts')
  const { identity, worst } = report
  const names = [`rehearsal/${identity.digest}`]
  const text = (): string =>
    wish.isStory && worst !== null ? renderOutcome(report, worst) : renderReport(report)
  await session.print({ data: report, names, text })
}
