import type { Command } from 'commander'
import { backUpKeys, keysOfBackup, restoreKeys } from '../key-files.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'
import { dataDirOf, printReport } from './journal.ts'

interface DataOptions {
  readonly data?: string
}

/** `konor backup` and `konor restore`. */
export function declareBackup(program: Command): void {
  const backup = program
    .command('backup')
    .summary('copy the journal of a stopped central into one file')
    .description(
      'Copies the journal with its archives and blobs into FILE, verified before it appears, and the keys into FILE.keys.',
    )
    .argument('<file>', 'a file that does not exist yet')
    .option('--data <dir>', 'the data directory')
    .action(async (file: string, options: DataOptions, command: Command) => {
      const session = await openSession(command)
      const { backupDataDirectory } = await import('../../journal/backup.ts')
      const dataDir = dataDirOf(options)
      await printReport(session, await backupDataDirectory(dataDir, file))
      if (backUpKeys(dataDir, keysOfBackup(file)) > 0)
        session.io.note(`its keys are in ${keysOfBackup(file)}: whoever has them is this central`)
    })
  teach(backup, {
    examples: [['konor backup monday.backup --data DIR', 'before an upgrade']],
    next: 'konor journal verify FILE.',
  })

  const restore = program
    .command('restore')
    .summary('make a data directory out of a backup')
    .description(
      'Verifies the backup, then restores it as a new timeline. Agents notice, and nothing of theirs breaks.',
    )
    .argument('<file>', 'a backup')
    .option('--data <dir>', 'the data directory to make: empty or absent')
    .action(async (file: string, options: DataOptions, command: Command) => {
      const session = await openSession(command)
      const { restoreJournal } = await import('../../journal/restore.ts')
      const dataDir = dataDirOf(options)
      const head = await restoreJournal(file, dataDir)
      const text = `restored to sequence ${head.seq}, now timeline ${head.timeline}\n`
      await session.print({ data: head, names: [`journal/${head.seq}`], text: () => text })
      if (!restoreKeys(keysOfBackup(file), dataDir))
        session.io.note(
          'the backup has no keys: copy cluster.key and admin.key here before the central starts',
        )
      session.io.note('what was acknowledged after the backup is gone; start it with: konor up --data DIR')
    })
  teach(restore, {
    examples: [['konor restore monday.backup --data NEW-DIR', 'into a new directory']],
    next: 'konor up --data NEW-DIR.',
  })
}
