import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { nodeClock } from '../../ports/node/node-clock.ts'
import { RemoteError } from '../client/remote-error.ts'
import { conditionOf, type Verdict } from '../condition.ts'
import { ExitWith } from '../exit-with.ts'
import { sleep } from '../follow-job.ts'
import { kindNamed } from '../kinds.ts'
import { openSession, type Session } from '../session.ts'
import { teach } from '../teach.ts'

const POLL_MS = 200
const KINDS = ['configset', 'group', 'node', 'job', 'policy']

export function declareWait(program: Command): void {
  const verb = program
    .command('wait')
    .summary('wait until a condition holds')
    .description(
      'Waits until the condition holds. Exit 0: it holds; 1: it never will (the job ended otherwise); 7: timed out.',
    )
    .argument('<thing>', 'KIND/NAME, such as job/ID, group/NAME, node/NAME')
    .requiredOption(
      '--for <condition>',
      'a state (succeeded, steady, operating, alive …), applied, revision=N, exists or deleted',
    )
    .action(async (thing: string, options: { readonly for: string }, command: Command) => {
      const session = await openSession(command)
      const slash = thing.indexOf('/')
      if (slash <= 0) throw new KonorError('KONOR_CLI_USAGE', `${JSON.stringify(thing)}: expected KIND/NAME`)
      const kind = kindNamed(thing.slice(0, slash), KINDS)
      const condition = conditionOf(kind.singular, options.for)
      const route = kind.route(thing.slice(slash + 1))
      const client = session.client()
      const verdict = await poll(session, thing, options.for, async () =>
        condition(await viewOf(() => client.get(route))),
      )
      const names = [thing]
      const data = { thing, condition: options.for, holds: verdict === 'holds' }
      await session.print({
        data,
        names,
        text: () => `${thing} ${verdict === 'holds' ? options.for : 'never'}\n`,
      })
      if (verdict === 'never') throw new ExitWith(1)
    })
  teach(verb, {
    examples: [
      ['konor wait job/01J… --for=succeeded --timeout 5m', 'in a pipeline'],
      ['konor wait group/payments-prod --for=revision=12', 'until it committed revision 12 or a later one'],
      ['konor wait node/n7 --for=operating', 'until a node has joined and is in step'],
    ],
    next: 'konor describe KIND NAME, when it does not come true.',
  })
}

/** Asks until the condition holds, can no more hold, or the time is over. */
async function poll(
  session: Session,
  thing: string,
  condition: string,
  ask: () => Promise<Verdict>,
): Promise<'holds' | 'never'> {
  const deadlineMs = nodeClock.monotonicMs() + session.followTimeoutMs
  for (;;) {
    const verdict = await ask()
    if (verdict !== 'not-yet') return verdict
    if (nodeClock.monotonicMs() > deadlineMs)
      throw new KonorError('KONOR_CLI_TIMED_OUT', `${thing} is not ${condition} yet`)
    await sleep(POLL_MS)
  }
}

/** What there is, or undefined where there is nothing (yet). */
async function viewOf<View>(get: () => Promise<View>): Promise<View | undefined> {
  try {
    return await get()
  } catch (error) {
    if (error instanceof RemoteError && error.problem.status === 404) return undefined
    throw error
  }
}
