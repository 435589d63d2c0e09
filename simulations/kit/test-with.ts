import test, { type ExecutionContext } from 'ava'
import { needSystemProgram, type SystemProgramName } from './system-program.ts'

export type TestBody = (t: ExecutionContext, path: string) => void | Promise<void>

/**
 * Declares tests that need a program of the system: each body receives its path. Where the program cannot be
 * had, the tests are reported as skipped and what is missing is printed; under `CI=true` the whole test file
 * fails instead.
 *
 *     const testWithPromtool = await testWith('promtool')
 *     testWithPromtool('the metrics pass promtool', async (t, promtool) => { … })
 */
export async function testWith(name: SystemProgramName): Promise<(title: string, body: TestBody) => void> {
  const program = await needSystemProgram(name)
  if (program.path === undefined) return testWithout(program.missing)
  const { path } = program
  return (title, body) => test(title, t => body(t, path))
}

/**
 * Declares tests that a machine cannot run for the reason `missing`: it is printed and they are reported as skipped;
 * under `CI=true` the whole test file fails instead, because a test that does not run must not look like one that
 * passed.
 */
export function testWithout(missing: string): (title: string, body: unknown) => void {
  if (process.env['CI'] === 'true') throw new Error(missing)
  console.error(missing)
  return title => test.skip(title, () => {})
}
