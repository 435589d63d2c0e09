import { type Command, Option } from 'commander'
import type { NodeView } from '../../engine/views.ts'
import type { HealthRange, NodeHealthView } from '../../engine/analytics-views.ts'
import { nodeColumns } from '../output/columns.ts'
import { renderNodeHealth } from '../output/health-text.ts'
import { oneOf } from '../output/print.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

export function declareNode(program: Command): void {
  const node = program.command('node').summary('look at, drain or remove a node')
  node.description('Shows how a node does, or takes it out of service.')
  declareHealth(node)
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

interface HealthOptions {
  readonly resolution: HealthRange['resolution']
  readonly from?: string
  readonly to?: string
}

function declareHealth(node: Command): void {
  const health = node
    .command('health')
    .summary('how a node does, and did')
    .argument('<name>', 'of the node')
    .addOption(
      new Option('--resolution <stretch>', 'stretches of the history [10s]')
        .choices(['10s', '1m', '1h'])
        .default('10s'),
    )
    .option('--from <time>', 'ISO 8601: where the history begins')
    .option('--to <time>', 'ISO 8601: where it ends')
    .action(async (name: string, { resolution, from, to }: HealthOptions, command: Command) => {
      const session = await openSession(command)
      const path = `/api/v1/nodes/${encodeURIComponent(name)}/health`
      const view = await session.client().get<NodeHealthView>(path, { resolution, from, to })
      const text = (): string => renderNodeHealth(view, session.io)
      await session.print({ data: view, names: [`node/${name}`], text })
    })
  teach(health, {
    examples: [
      ['konor node health n7', 'now, and the last ten minutes'],
      ['konor node health n7 --resolution 1h', 'hours'],
    ],
    next: 'konor get alerts.',
  })
}
