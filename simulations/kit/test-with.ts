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
  if (program.path !== undefined) {
    const { path } = program
    return (title, body) => test(title, t => body(t, path))
  }
  console.error(program.missing)
  return title => test.skip(title, () => {})
}
