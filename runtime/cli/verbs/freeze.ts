import type { Command } from 'commander'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

/** `konor freeze` and `konor thaw`. */
export function declareFreeze(program: Command): void {
  const freeze = program
    .command('freeze')
    .summary('stop all new stages, cluster-wide')
    .description('No rollout reaches a further node until `konor thaw`; rolling back stays allowed.')
    .action(async (_options: object, command: Command) => setFrozen(command, 'freeze'))
  teach(freeze, { examples: [['konor freeze', 'in an emergency']], next: 'konor thaw.' })

  const thaw = program
    .command('thaw')
    .summary('end a freeze')
    .description('Lets rollouts go on after `konor freeze`.')
    .action(async (_options: object, command: Command) => setFrozen(command, 'thaw'))
  teach(thaw, { examples: [['konor thaw', 'rollouts go on']], next: 'konor get jobs.' })
}

async function setFrozen(command: Command, verb: 'freeze' | 'thaw'): Promise<void> {
  const session = await openSession(command)
  const data = await session.client().write<{ frozen: boolean }>('POST', `/api/v1/${verb}`)
  await session.print({
    data,
    names: [data.frozen ? 'cluster/frozen' : 'cluster/thawed'],
    text: () => (data.frozen ? 'the cluster is frozen\n' : 'the cluster is not frozen\n'),
  })
}
