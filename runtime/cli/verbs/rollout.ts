import type { Command } from 'commander'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { RolloutAction } from '../../engine/control.ts'
import type { JobView } from '../../engine/views.ts'
import { jsonBody } from '../client/client.ts'
import { finishWrite } from '../follow-job.ts'
import { followRollout } from '../follow-rollout.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

const ACTIONS: Readonly<Record<RolloutAction, string>> = {
  pause: 'stop here: no further node gets the candidate',
  resume: 'go on with a paused rollout',
  promote: 'let it go on where its policy waits for a person',
  abort: 'give up: nodes go back to what is committed',
  retry: 'try again what was rejected, quarantined or held back',
}

export function declareRollout(program: Command): void {
  const rollout = program.command('rollout').summary('watch and steer the rollout of a group')
  rollout.description('Controls never wait behind the rollout that they control.')
  declareStatus(rollout)
  for (const [action, summary] of Object.entries(ACTIONS))
    declareAction(rollout, action as RolloutAction, summary)
  declareUndo(rollout)
  teach(rollout, {
    examples: [['konor rollout status payments-prod', 'follow it to its end']],
    next: 'konor describe group GROUP shows each node.',
  })
}

function declareStatus(rollout: Command): void {
  const status = rollout
    .command('status')
    .summary('follow the rollout to its end; exit 8 when it does not commit')
    .argument('<group>', 'its name')
    .option('--no-follow', 'say how it is now, and end')
    .action(async (group: string, options: { readonly follow: boolean }, command: Command) => {
      const session = await openSession(command)
      await followRollout(session, session.client(), group, options.follow)
    })
  teach(status, {
    examples: [
      ['konor rollout status payments-prod', 'follow it'],
      ['konor rollout status payments-prod --no-follow -o json', 'how it is now, as data'],
    ],
    next: 'konor rollout undo GROUP goes back to the revision before.',
  })
}

function declareAction(rollout: Command, action: RolloutAction, summary: string): void {
  const verb = rollout
    .command(action)
    .summary(summary)
    .argument('<group>', 'its name')
    .option('--wait', 'follow the job to its end')
    .action(async (group: string, options: { readonly wait?: boolean }, command: Command) => {
      const session = await openSession(command)
      const client = session.client()
      const job = await client.write<JobView>(
        'POST',
        `/api/v1/groups/${encodeURIComponent(group)}/rollout/${action}`,
      )
      // Who aborts a job wants it to fail.
      await finishWrite(session, client, job, options, action === 'abort' ? 'any-end' : 'success')
    })
  teach(verb, {
    examples: [[`konor rollout ${action} payments-prod`, summary]],
    next: 'konor rollout status GROUP.',
  })
}

function declareUndo(rollout: Command): void {
  const undo = rollout
    .command('undo')
    .summary('roll back, as a new revision with the old pins')
    .argument('<group>', 'its name')
    .option('--to <revision>', 'the revision to restore; the one before, unless given')
    .option('--wait', 'follow the job to its end')
    .action(
      async (group: string, options: { readonly to?: string; readonly wait?: boolean }, command: Command) => {
        const session = await openSession(command)
        const client = session.client()
        const body = jsonBody(options.to === undefined ? {} : { to: revisionOf(options.to) })
        const job = await client.write<JobView>(
          'POST',
          `/api/v1/groups/${encodeURIComponent(group)}/rollback`,
          { body },
        )
        await finishWrite(session, client, job, options)
      },
    )
  teach(undo, {
    examples: [
      ['konor rollout undo payments-prod --wait', 'one step back'],
      ['konor rollout undo payments-prod --to 12', 'to what revision 12 had'],
    ],
    next: 'konor describe group GROUP shows what is held back until somebody touches it.',
  })
}

function revisionOf(text: string): number {
  const revision = Number(text)
  if (Number.isSafeInteger(revision) && revision > 0) return revision
  throw new KonorError('KONOR_CLI_USAGE', `--to: expected a revision, got ${JSON.stringify(text)}`)
}
