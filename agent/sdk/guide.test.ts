import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { ChildProgram } from '../../simulations/kit/child-program.ts'
import type { TeardownContext } from '../../simulations/kit/teardown-context.ts'
import { serveGroups } from '../socket/testing/serve-groups.ts'

// From the compiled test back to the repository.
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const GUIDE = readFileSync(new URL('../../../docs/guides/process-authors.md', import.meta.url), 'utf8')
const [service = '', checker = '', unitTest = ''] = [...GUIDE.matchAll(/^```js\n(.*?)^```/gms)].map(
  ([, code]) => code,
)
const GROUP = 'payments-prod'

test('the service of the guide reads, follows a change and leaves in good order', async t => {
  const { path, groups } = await serveGroups(t)
  groups.join(GROUP).activate(GROUP, { 'rate-limit': 7 })
  const program = programOf(t, service, path)
  await program.waitForOutput(/rate limit 7/)
  await groups.until(() => groups.acknowledgements(GROUP).length === 1)
  groups.activate(GROUP, { 'rate-limit': 8 })
  await program.waitForOutput(/revision 2 rate-limit changed/)
  program.signal('SIGTERM')
  t.is((await program.exited).code, 0)
  t.is(groups.count('bye'), 1)
})

test('the checker of the guide turns a candidate down', async t => {
  const { path, groups } = await serveGroups(t)
  groups.join(GROUP).activate(GROUP, { 'rate-limit': 7 })
  const program = programOf(t, checker, path)
  await groups.until(() => groups.acknowledgements(GROUP).length === 1)
  groups.prepare(GROUP, { 'rate-limit': 20_000 })
  await groups.until(() => groups.acknowledgements(GROUP).length === 2)
  t.like(groups.acknowledgements(GROUP)[1], { phase: 'prepare', outcome: 'rejected' })
  program.signal('SIGTERM')
  t.is((await program.exited).code, 0)
})

test('the unit test of the guide passes', async t => {
  const program = programOf(t, unitTest, '/nowhere')
  t.is((await program.exited).code, 0, program.stderr)
})

function programOf(t: TeardownContext, code: string, socket: string): ChildProgram {
  const args = ['--input-type=module', '-e', code]
  return new ChildProgram(t, process.execPath, args, { cwd: ROOT, env: { KONOR_SOCKET: socket } })
}
