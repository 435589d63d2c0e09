import type { Command } from 'commander'
import { kindNamed } from '../kinds.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

const KINDS = ['configset', 'group', 'node', 'job', 'policy', 'actor', 'alert']

export function declareGet(program: Command): void {
  const verb = program
    .command('get')
    .summary('list things, or show one')
    .description(
      'Lists configsets, groups, nodes, jobs, policies, actors or alerts, or shows one by its name.',
    )
    .argument('<kind>', 'configsets | groups | nodes | jobs | policies | actors | alerts')
    .argument('[name]', 'its name; of a configset its path, of an actor its address')
    .action(async (kindName: string, name: string | undefined, _options: object, command: Command) => {
      const session = await openSession(command)
      const kind = kindNamed(kindName, KINDS)
      const client = session.client()
      const found =
        name === undefined ? await kind.list(client, session.format === 'wide') : await kind.one(client, name)
      await session.print(found)
      if (found.names.length === 0) session.io.note(`there are no ${kind.plural} yet`)
    })
  teach(verb, {
    examples: [
      ['konor get groups', 'all groups with their state'],
      ['konor get nodes -o wide', 'with versions, platforms and health'],
      ['konor get group payments-prod -o json', 'one, as data'],
      ['konor get jobs -o name', 'names for a script'],
    ],
    next: 'konor describe KIND NAME.',
  })
}
