import type { Command } from 'commander'
import type { PlanView } from '../../engine/control.ts'
import { fileOption } from '../file-option.ts'
import { manifestBody } from '../manifest-files.ts'
import { openSession } from '../session.ts'
import { teach } from '../teach.ts'

export function declarePlan(program: Command): void {
  const verb = program
    .command('plan')
    .summary('the compiled plan and its digest')
    .description('Compiles the manifests to the plan that applying them would run. Same input, same digest.')
    .addOption(fileOption())
    .action(async (options: { readonly file: readonly string[] }, command: Command) => {
      const session = await openSession(command)
      const plan = await session
        .client()
        .write<PlanView>('POST', '/api/v1/plan', { body: await manifestBody(options.file) })
      const { stringify } = await import('yaml')
      await session.print({
        data: plan,
        names: [`plan/${plan.digest}`],
        text: () => `digest: ${plan.digest}\n${stringify({ plan: plan.plan })}`,
      })
    })
  teach(verb, {
    examples: [
      ['konor plan -f payments.yaml', 'show it'],
      ['konor plan -f payments.yaml -o name', 'its digest alone, as plan/DIGEST'],
    ],
    next: 'konor apply -f FILE --plan DIGEST, which refuses if the plan moved in between.',
  })
}
