import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tempDir } from '../kit/temp-dir.ts'
import type { Mutation } from './mutation.ts'
import { KillerFailsAnyway, type MutantsOptions, runMutants } from './run-mutants.ts'

/** A project of one function, built; and a fault in it. */
function project(t: ExecutionContext): Pick<MutantsOptions, 'root' | 'timeoutMs' | 'jobs' | 'onVerdict'> {
  const root = tempDir(t)
  mkdirSync(join(root, 'part'))
  mkdirSync(join(root, 'build', 'part'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'part', 'sum.ts'), SUM_TS)
  writeFileSync(join(root, 'build', 'part', 'sum.js'), 'export const sum = (a, b) => a + b\n')
  writeFileSync(join(root, 'build', 'part', 'check.js'), CHECK_JS)
  return { root, timeoutMs: 20_000, jobs: 2, onVerdict: () => undefined }
}

const SUM_TS = 'export const sum = (a: number, b: number): number => a + b\n'
const CHECK_JS = "import { sum } from './sum.js'\nif (sum(2, 3) !== 5) throw new Error('2 and 3 are not 5')\n"
const KILLER = `"${process.execPath}" build/part/check.js`

function fault(name: string, after: string): Mutation {
  const rest = { breaks: [1], reach: 'tests', tests: [], models: 'It does not add.' } as const
  return { ...rest, id: `kernel/${name}`, module: 'kernel', file: 'part/sum.ts', before: 'a + b', after }
}

test('what the command notices is caught, what it does not notice survives, each in a copy of its own', async t => {
  const mutations = [fault('minus', 'a - b'), fault('other-order', 'b + a'), fault('doubled', 'a + b + b')]
  const verdicts = await runMutants({ ...project(t), mutations, killerOf: () => KILLER })
  t.deepEqual(
    verdicts.map(({ id, outcome }) => [id, outcome]),
    [
      ['kernel/minus', 'caught'],
      ['kernel/other-order', 'survived'],
      ['kernel/doubled', 'caught'],
    ],
  )
  t.regex(verdicts[0]?.evidence ?? '', /2 and 3 are not 5/)
})

test('a command that fails anyway proves nothing', async t => {
  const mutations = [fault('minus', 'a - b')]
  await t.throwsAsync(runMutants({ ...project(t), mutations, killerOf: () => 'exit 3' }), {
    instanceOf: KillerFailsAnyway,
  })
})

test('a command that does not end is stopped', async t => {
  const mutations = [fault('minus', 'a - b')]
  const killerOf = () => "grep -q 'a + b' build/part/sum.js || sleep 600"
  const [verdict] = await runMutants({ ...project(t), mutations, killerOf, timeoutMs: 2_000 })
  t.is(verdict?.outcome, 'hung')
})

test('a fault whose place is gone is an error, not a survivor', async t => {
  const mutations = [{ ...fault('minus', 'a - b'), before: 'a * b' }]
  await t.throwsAsync(runMutants({ ...project(t), mutations, killerOf: () => KILLER }), {
    message: /does not hold/,
  })
})
