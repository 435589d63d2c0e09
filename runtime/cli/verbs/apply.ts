import type { Command } from 'commander'
import type { DiffView, PlanView } from '../../engine/control.ts'
import type { JobView } from '../../engine/views.ts'
import { fileOption } from '../file-option.ts'
import { finishWrite } from '../follow-job.ts'
import { manifestBody } from '../manifest-files.ts'
import { renderDiff } from '../output/render-diff.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

interface ApplyOptions {
  readonly file: readonly string[]
  readonly wait?: boolean
  readonly dryRun?: boolean
  readonly plan?: string
  readonly onFailure?: string
}

export function declareApply(program: Command): void {
  const verb = program
    .command('apply')
    .summary('declare manifests as one job')
    .description('Declares ConfigSets, Groups and Policies, atomically, and rolls out what changed.')
    .addOption(fileOption())
    .option('--wait', 'follow the job to its end; exit 8 when it does not succeed')
    .option('--dry-run', 'only say what would change')
    .option('--plan <digest>', 'refuse unless the compiled plan has this digest: see `konor plan`')
    .option('--on-failure <what>', 'keep | rollback-all: what becomes of groups whose sibling failed')
    .action(async (options: ApplyOptions, command: Command) => {
      const session = await openSession(command)
      const client = session.client()
      const body = await manifestBody(options.file)
      const query = {
        dryRun: options.dryRun,
        plan: options.plan?.replace(/^plan\//, ''),
        onFailure: options.onFailure,
      }
      if (options.dryRun === true) {
        const dry = await client.write<{ plan: PlanView; diff: DiffView }>('POST', '/api/v1/apply', {
          body,
          query,
        })
        await session.print({
          data: dry,
          names: [`plan/${dry.plan.digest}`],
          text: () => `${renderDiff(dry.diff, session.io)}plan ${dry.plan.digest}\n`,
        })
        return session.io.note('nothing was changed; apply exactly this with: konor apply -f … --plan DIGEST')
      }
      const job = await client.write<JobView>('POST', '/api/v1/apply', { body, query })
      return finishWrite(session, client, job, options)
    })
  teach(verb, {
    examples: [
      ['konor apply -f payments.yaml --wait', 'declare it and watch it roll'],
      ['konor apply -f manifests/ --dry-run', 'say what a whole directory would change'],
      ['cat group.yaml | konor apply -f -', 'from standard input'],
    ],
    next: 'konor rollout status GROUP, or konor get jobs.',
  })
}
