import type { Command } from 'commander'
import process from 'node:process'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { JournalReport } from '../../journal/verify-journal.ts'
import { ExitWith } from '../exit-with.ts'
import { openSession, type Session } from '../session.ts'
import { defaultDataDir } from '../settings/default-paths.ts'
import { teach } from '../teach.ts'

interface DataOptions {
  readonly data?: string
}

export function declareJournal(program: Command): void {
  const journal = program.command('journal').summary('verify or export a journal')
  journal.description('Looks into the journal of a data directory, or of a backup, without changing it.')
  declareVerify(journal)
  declareExport(journal)
  teach(journal, {
    examples: [['konor journal verify --data DIR', 'every record, link and blob']],
    next: 'konor backup FILE.',
  })
}

function declareVerify(journal: Command): void {
  const verify = journal
    .command('verify')
    .summary('check every record; exit 1 when something is damaged')
    .argument('[backup]', 'a backup file, instead of a data directory')
    .option('--data <dir>', 'the data directory')
    .action(async (backup: string | undefined, options: DataOptions, command: Command) => {
      const session = await openSession(command)
      const { verifyBackup, verifyDataDirectory } = await import('../../journal/verify-journal.ts')
      const report =
        backup === undefined ? await verifyDataDirectory(dataDirOf(options)) : await verifyBackup(backup)
      await printReport(session, report)
      if (report.problemCount > 0) throw new ExitWith(1)
    })
  teach(verify, {
    examples: [
      ['konor journal verify --data DIR', 'of a central that is stopped'],
      ['konor journal verify monday.backup', 'a backup'],
    ],
    next: 'konor restore FILE --data DIR, when it is damaged.',
  })
}

function declareExport(journal: Command): void {
  const verb = journal
    .command('export')
    .summary('records as JSON lines')
    .option('--data <dir>', 'the data directory')
    .option('--from <seq>', 'the first sequence')
    .option('--to <seq>', 'the last sequence')
    .action(async (options: DataOptions & { from?: string; to?: string }, command: Command) => {
      const { io } = await openSession(command)
      const [from, to] = [sequence('--from', options.from), sequence('--to', options.to)]
      const { SqliteJournal } = await import('../../journal/sqlite-journal.ts')
      const { journalPaths } = await import('../../journal/journal-paths.ts')
      const { exportJournal } = await import('../../journal/export-journal.ts')
      const opened = await SqliteJournal.inspect(journalPaths(dataDirOf(options)))
      try {
        for await (const line of exportJournal(opened, from, to)) await io.outWhenRead(line)
      } finally {
        await opened.close()
      }
    })
  teach(verb, {
    examples: [['konor journal export --data DIR --from 100 | jq .payload', 'what was recorded since 100']],
    next: 'konor journal verify.',
  })
}

/** `--data`, then `KONOR_DATA`, then the usual place. */
export function dataDirOf(options: DataOptions): string {
  return options.data ?? (process.env['KONOR_DATA'] || defaultDataDir(process.env))
}

/** Prints what a verification found, each problem on a line. */
export function printReport(session: Session, report: JournalReport): Promise<void> {
  const { records, fromSeq, toSeq, timeline, segments, blobs, checkpoints, problemCount, problems } = report
  const verdict = problemCount === 0 ? 'whole' : `DAMAGED: ${problemCount} problems`
  const anchor = report.anchor === undefined ? '' : `, anchored after ${report.anchor.seq}`
  const lines = [
    `journal ${verdict}`,
    `records ${records} (${fromSeq} to ${toSeq}${anchor}), timeline ${timeline}, head ${report.headHash}`,
    `segments ${segments}, blobs ${blobs}, checkpoints ${checkpoints}`,
    ...problems.map(({ seq, message }) => `  ${seq === undefined ? '' : `at ${seq}: `}${message}`),
  ]
  return session.print({ data: report, names: [`journal/${toSeq}`], text: () => `${lines.join('\n')}\n` })
}

/** A sequence, or another count from 1, as a flag gives it. */
export function sequence(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new KonorError('KONOR_CLI_USAGE', `${flag}: expected a number from 1, got ${JSON.stringify(text)}`)
}
