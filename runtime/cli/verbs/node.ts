import type { Command } from 'commander'
import type { NodeView } from '../../engine/views.ts'
import { nodeColumns } from '../output/columns.ts'
import { oneOf } from '../output/print.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

export function declareNode(program: Command): void {
  const node = program.command('node').summary('drain or remove a node')
  node.description('Takes nodes out of service.')
  const drain = node
    .command('drain')
    .summary('no further rollout reaches the node')
    .argument('<name>', 'of the node')
    .action(async (name: string, _options: object, command: Command) => {
      const session = await openSession(command)
      const view = await session
        .client()
        .write<NodeView>('POST', `/api/v1/nodes/${encodeURIComponent(name)}/drain`)
      await session.print(oneOf(view, nodeColumns, `node/${name}`))
      session.io.note(`its processes keep what they have; take it away with: konor node remove ${name}`)
    })
  teach(drain, { examples: [['konor node drain n7', 'before maintenance']], next: 'konor node remove NAME.' })

  const remove = node
    .command('remove')
    .summary('forget a node and its subscriptions')
    .argument('<name>', 'of the node')
    .action(async (name: string, _options: object, command: Command) => {
      const session = await openSession(command)
      await session.client().write('DELETE', `/api/v1/nodes/${encodeURIComponent(name)}`)
      const data = { node: name, removed: true }
      await session.print({ data, names: [`node/${name}`], text: () => `node/${name} removed\n` })
      session.io.note('the key of gossip is rotated, so that the node cannot listen any longer')
    })
  teach(remove, {
    examples: [['konor node remove n7', 'it needs a new token to come back']],
    next: 'konor get nodes.',
  })
  teach(node, { examples: [['konor node drain n7', 'before maintenance']], next: 'konor get nodes.' })
}
