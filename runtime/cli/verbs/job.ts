import type { Command } from 'commander'
import type { JobView } from '../../engine/views.ts'
import { jsonBody } from '../client/client.ts'
import { finishWrite } from '../follow-job.ts'
import { jobColumns } from '../output/columns.ts'
import { oneOf } from '../output/print.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

export function declareJob(program: Command): void {
  const job = program.command('job').summary('show, cancel or retry a job')
  job.description('Every change is a job; its id was printed when it was accepted.')
  declareShow(job)
  declareCancel(job)
  declareRetry(job)
  teach(job, {
    examples: [['konor job show 01J…', 'its state and outcomes']],
    next: 'konor describe job ID.',
  })
}

function declareShow(job: Command): void {
  const show = job
    .command('show')
    .summary('one job')
    .argument('<id>', 'as it was printed when the job was accepted')
    .action(async (id: string, _options: object, command: Command) => {
      const session = await openSession(command)
      const view = await session.client().get<JobView>(`/api/v1/jobs/${encodeURIComponent(id)}`)
      await session.print(oneOf(view, jobColumns, `job/${id}`))
    })
  teach(show, { examples: [['konor job show 01J… -o yaml', 'all of it']], next: 'konor describe job ID.' })
}

function declareCancel(job: Command): void {
  const cancel = job
    .command('cancel')
    .summary('stop a job')
    .argument('<id>', 'as it was printed when the job was accepted')
    .option('--abort', 'do not wait for the current step: abort it and observe what it did')
    .option('--wait', 'follow the job to its end')
    .action(
      async (
        id: string,
        options: { readonly abort?: boolean; readonly wait?: boolean },
        command: Command,
      ) => {
        const session = await openSession(command)
        const client = session.client()
        const mode = options.abort === true ? 'abort-and-observe' : 'stop-after-current'
        const view = await client.write<JobView>('POST', `/api/v1/jobs/${encodeURIComponent(id)}/cancel`, {
          body: jsonBody({ mode }),
        })
        await finishWrite(session, client, view, options, 'any-end')
      },
    )
  teach(cancel, {
    examples: [
      ['konor job cancel 01J…', 'after the current step'],
      ['konor job cancel 01J… --abort', 'now'],
    ],
    next: 'konor job show ID.',
  })
}

function declareRetry(job: Command): void {
  const retry = job
    .command('retry')
    .summary('try again what is paused or failed')
    .argument('<id>', 'as it was printed when the job was accepted')
    .option('--wait', 'follow the job to its end')
    .action(async (id: string, options: { readonly wait?: boolean }, command: Command) => {
      const session = await openSession(command)
      const client = session.client()
      const view = await client.write<JobView>('POST', `/api/v1/jobs/${encodeURIComponent(id)}/retry`)
      await finishWrite(session, client, view, options)
    })
  teach(retry, { examples: [['konor job retry 01J… --wait', 'and follow it']], next: 'konor job show ID.' })
}
