import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { GossipView } from '../../engine/views.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { sleep } from '../follow-job.ts'
import { gossipMemberColumns } from '../output/columns.ts'
import { renderTable } from '../output/table.ts'
import { openSession, type Session } from '../session.ts'
import { teach } from '../teach.ts'

const STATUS_ROUTE = '/api/v1/gossip'
const ROTATION_ROUTE = '/api/v1/gossip/rotation'
const POLL_MS = 500

export function declareGossip(program: Command): void {
  const gossip = program.command('gossip').summary('who is alive, and the key they share')
  gossip.description('Shows the members of gossip and rotates the key that their packets are sealed with.')
  const status = gossip
    .command('status')
    .summary('members, health and keys, as central sees them')
    .action(async (_options: object, command: Command) => {
      const session = await openSession(command)
      await printGossip(session, await session.client().get<GossipView>(STATUS_ROUTE))
    })
  teach(status, {
    examples: [
      ['konor gossip status', 'members that are in trouble come first'],
      ['konor gossip status -o json', 'with ids of keys and round trips'],
    ],
    next: 'konor describe node NAME.',
  })

  const rotate = gossip
    .command('rotate')
    .summary('give everyone a new key, dropping nobody')
    .description(
      'Begins a rotation: everyone gets the new key, then everyone uses it, then the old one is forgotten.',
    )
    .option('--wait', 'until it is through')
    .action(async (options: { readonly wait?: boolean }, command: Command) => {
      const session = await openSession(command)
      const begun = await session.client().write<GossipView>('POST', ROTATION_ROUTE)
      if (options.wait !== true) {
        session.io.note(`key ${begun.keys.generation} is being rolled out: see konor gossip status`)
        return printGossip(session, begun)
      }
      await printGossip(session, await untilSettled(session, begun.keys.generation))
    })
  teach(rotate, {
    examples: [
      ['konor gossip rotate', 'after somebody may have seen the key'],
      ['konor gossip rotate --wait --timeout 5m', 'in a script'],
    ],
    next: 'konor gossip status.',
  })
  teach(gossip, {
    examples: [['konor gossip status', 'who is alive']],
    next: 'konor gossip status.',
  })
}

async function printGossip(session: Session, view: GossipView): Promise<void> {
  await session.print({
    data: view,
    names: view.members.map(({ node, member }) => (node === null ? `member/${member}` : `node/${node}`)),
    text: isWide =>
      `${summaryOf(view)}\n${renderTable(view.members, gossipMemberColumns, isWide)}${moreOf(view)}`,
  })
}

function summaryOf({ address, preset, localHealth, detectionBoundMs, keys, counts }: GossipView): string {
  const { alive, suspect, dead, left, foreign } = counts
  const waits = keys.waitingForCount > 0 ? `, waits for ${keys.waitingFor.join(', ')}` : ''
  const others = foreign > 0 ? `, ${foreign} of no node` : ''
  const slow = localHealth === 0 ? 'in good health' : `slow (health ${localHealth}; 0 is best)`
  return [
    `central  ${address}, ${preset}, ${slow}, a crash is known within ${detectionBoundMs / 1_000} s`,
    `key      ${keys.generation}, ${keys.phase}${waits}${keys.owed ? ', a rotation is owed' : ''}`,
    `members  ${alive} alive, ${suspect} suspect, ${dead} dead, ${left} left${others}`,
    '',
  ].join('\n')
}

function moreOf({ membersMore }: GossipView): string {
  return membersMore === 0 ? '' : `and ${membersMore} more\n`
}

async function untilSettled(session: Session, generation: number): Promise<GossipView> {
  const deadlineMs = nodeClock.monotonicMs() + session.followTimeoutMs
  for (;;) {
    const view = await session.client().get<GossipView>(STATUS_ROUTE)
    if (view.keys.generation > generation || view.keys.phase === 'settled') return view
    if (nodeClock.monotonicMs() >= deadlineMs)
      throw new KonorError(
        'KONOR_CLI_TIMED_OUT',
        `key ${generation} is still ${view.keys.phase}, waiting for ${view.keys.waitingFor.join(', ')}`,
      )
    await sleep(POLL_MS)
  }
}
