import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tempDir } from '../kit/temp-dir.ts'
import { findProjectRoot } from './project-files.ts'

const program = join(findProjectRoot(), '.ci', 'closing-line.mjs')

/** The closing line and the exit code that a log and the exit code of its run give. */
async function close(t: ExecutionContext, log: string, status: number, env: { readonly CI?: string } = {}) {
  const file = join(tempDir(t), 'log')
  writeFileSync(file, log)
  return new Promise<readonly [line: string | undefined, code: number]>(resolve => {
    const child = execFile(
      process.execPath,
      [program, file, `${status}`],
      { env: { ...process.env, CI: env.CI ?? '' } },
      (_error, stdout) => resolve([stdout.trimEnd().split('\n').at(-1), child.exitCode ?? -1]),
    )
  })
}

test('a run in which all passed', async t => {
  t.deepEqual(await close(t, '  ✔ a › b\n  ─\n\n  12 tests passed\n', 0), ['12 passed, 0 failed', 0])
  t.deepEqual(await close(t, '\u001B[32m1 test passed\u001B[39m\n', 0), ['1 passed, 0 failed', 0])
})

test('failures of all kinds are added up, and what passed beside them is counted', async t => {
  const log = '  ✔ a\n  ✔ b (2ms)\n  ✘ [fail]: c\n\n  1 test failed\n  1 uncaught exception\n'
  t.deepEqual(await close(t, log, 1), ['2 passed, 2 failed', 1])
  const abandoned = '  ✔ a\n  ✘ 3 tests remaining in build/a.test.js\n\n  1 test passed\n'
  t.deepEqual(await close(t, abandoned, 1), ['1 passed, 3 failed', 1])
})

test('a run that ends before its tests, or without one, has failed', async t => {
  t.deepEqual(await close(t, 'src/a.ts: error TS2322\n', 2), ['0 passed, 1 failed', 2])
  t.deepEqual(await close(t, '', 0), ['0 passed, 1 failed', 1])
})

test('a run that ends badly although all passed has failed', async t => {
  t.deepEqual(await close(t, '  5 tests passed\n', 124), ['5 passed, 1 failed', 124])
})

test('skipped tests are told, and forbidden under CI', async t => {
  const log = '  5 tests passed\n  2 tests skipped\n'
  t.deepEqual(await close(t, log, 0), ['5 passed, 0 failed, 2 skipped', 0])
  t.deepEqual(await close(t, log, 0, { CI: 'true' }), ['5 passed, 0 failed, 2 skipped', 1])
})
