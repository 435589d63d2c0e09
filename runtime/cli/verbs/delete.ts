import type { Command } from 'commander'
import type { JobView } from '../../engine/views.ts'
import { finishWrite } from '../follow-job.ts'
import { kindNamed } from '../kinds.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

const DECLARED = ['configset', 'group', 'policy']
const REMOVED = ['node', 'token']

export function declareDelete(program: Command): void {
  const verb = program
    .command('delete')
    .summary('delete one thing')
    .description(
      'Deletes one configset, group, policy, node or token. What something else refers to is refused.',
    )
    .argument('<kind>', 'configset | group | policy | node | token')
    .argument('<name>', 'its name; of a configset its path')
    .option('--wait', 'follow the job to its end')
    .action(
      async (kindName: string, name: string, options: { readonly wait?: boolean }, command: Command) => {
        const session = await openSession(command)
        const kind = kindNamed(kindName, [...DECLARED, ...REMOVED])
        const client = session.client()
        const job = await client.write<JobView | undefined>('DELETE', kind.route(name))
        if (job !== undefined) return finishWrite(session, client, job, options)
        const data = { kind: kind.singular, name, deleted: true }
        const named = `${kind.singular}/${name}`
        return session.print({ data, names: [named], text: () => `${named} deleted\n` })
      },
    )
  teach(verb, {
    examples: [
      ['konor delete group payments-old --wait', 'a group, when no node needs it any more'],
      ['konor delete configset /teams/payments/old', 'a whole ConfigSet'],
    ],
    next: 'konor get KIND.',
  })
}
