import type { Command } from 'commander'
import type { DiffView } from '../../engine/control.ts'
import { ExitWith } from '../exit-with.ts'
import { fileOption } from '../file-option.ts'
import { manifestBody } from '../manifest-files.ts'
import { renderDiff } from '../output/render-diff.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

export function declareDiff(program: Command): void {
  const verb = program
    .command('diff')
    .summary('what manifests would change')
    .description('Shows what applying the manifests would change. Exit 0: nothing; 1: something.')
    .addOption(fileOption())
    .action(async (options: { readonly file: readonly string[] }, command: Command) => {
      const session = await openSession(command)
      const diff = await session
        .client()
        .write<DiffView>('POST', '/api/v1/diff', { body: await manifestBody(options.file) })
      const names = [
        ...diff.sets.map(({ path }) => `configset${path}`),
        ...diff.groups.map(({ group }) => `group/${group}`),
      ]
      await session.print({ data: diff, names, text: () => renderDiff(diff, session.io) })
      if (diff.changed) throw new ExitWith(1)
    })
  teach(verb, {
    examples: [
      ['konor diff -f payments.yaml', 'one file'],
      ['konor diff -f manifests/ && echo up to date', 'in a script'],
    ],
    next: 'konor apply -f FILE --wait.',
  })
}
