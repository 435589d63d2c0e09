import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { TokenView } from '../../engine/views.ts'
import { jsonBody } from '../client/client.ts'
import { tokenColumns } from '../output/columns.ts'
import { listOf } from '../output/print.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

interface Created {
  readonly id: string
  readonly token: string
  readonly uses: number
  readonly expiresAt: string
}

export function declareToken(program: Command): void {
  const token = program.command('token').summary('subscription tokens')
  token.description('A token lets an agent join, and adds its group to the node.')
  declareCreate(token)
  const list = token
    .command('ls')
    .alias('list')
    .summary('tokens, without their secrets')
    .action(async (_options: object, command: Command) => {
      const session = await openSession(command)
      const tokens = await session.client().list<TokenView>('/api/v1/tokens')
      await session.print(listOf(tokens, tokenColumns, ({ id }) => `token/${id}`))
    })
  teach(list, { examples: [['konor token ls', 'which are still good']], next: 'konor token revoke ID.' })

  const revoke = token
    .command('revoke')
    .summary('make a token useless; nodes that joined stay')
    .argument('<id>', 'see `konor token ls`')
    .action(async (id: string, _options: object, command: Command) => {
      const session = await openSession(command)
      await session.client().write('DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`)
      await session.print({
        data: { id, revoked: true },
        names: [`token/${id}`],
        text: () => `token/${id} revoked\n`,
      })
    })
  teach(revoke, { examples: [['konor token revoke t-4f', 'it was lost']], next: 'konor token ls.' })
  teach(token, {
    examples: [['konor token create payments-prod', 'one node may join']],
    next: 'konor agent --token TOKEN on the node.',
  })
}

function declareCreate(token: Command): void {
  const create = token
    .command('create')
    .summary('make a token; its secret is shown once')
    .description('Prints the token alone on standard output, so that a script can keep it.')
    .argument('<group>', 'the group that it adds to the node')
    .option('--uses <count>', 'how many nodes may join with it')
    .option('--expires <duration>', 'how long it is good, as in 30m, 24h or 7d')
    .action(
      async (
        group: string,
        options: { readonly uses?: string; readonly expires?: string },
        command: Command,
      ) => {
        const session = await openSession(command)
        const body = jsonBody({
          ...usesOf(options.uses),
          ...(options.expires === undefined ? {} : { expires: options.expires }),
        })
        const route = `/api/v1/groups/${encodeURIComponent(group)}/tokens`
        const created = await session.client().write<Created>('POST', route, { body })
        await session.print({
          data: created,
          names: [`token/${created.id}`],
          text: () => `${created.token}\n`,
        })
        const uses = created.uses === 1 ? 'one node' : `${created.uses} nodes`
        session.io.note(`token ${created.id}: ${uses} may join ${group} with it until ${created.expiresAt}`)
        session.io.note('it is not shown again; on the node: konor agent --token-file FILE')
      },
    )
  teach(create, {
    examples: [
      ['konor token create payments-prod > token', 'for one node'],
      ['konor token create payments-prod --uses 50 --expires 1h', 'for an autoscaling group'],
    ],
    next: 'konor agent --token-file FILE on the node, then konor get nodes.',
  })
}

function usesOf(text: string | undefined): { readonly uses?: number } {
  if (text === undefined) return {}
  const uses = Number(text)
  if (Number.isSafeInteger(uses) && uses > 0) return { uses }
  throw new KonorError(
    'KONOR_CLI_USAGE',
    `--uses: expected a whole number above 0, got ${JSON.stringify(text)}`,
  )
}
