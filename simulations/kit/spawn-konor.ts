import { fileURLToPath } from 'node:url'
import { type ChildOptions, ChildProgram } from './child-program.ts'
import type { TeardownContext } from './teardown-context.ts'

/** The built `konor`, beside the built file that this is. */
export const KONOR_MAIN = fileURLToPath(new URL('../../runtime/cli/main.js', import.meta.url))

/**
 * Starts the built `konor` as a process of its own: `spawnKonor(t, ['up', '--data', dir])`. Variables
 * `KONOR_*` of the surroundings do not reach it: a test says itself what its programs are to know.
 */
export function spawnKonor(
  t: TeardownContext,
  args: readonly string[],
  options: ChildOptions = {},
): ChildProgram {
  const inherited = Object.keys(process.env).filter(name => name.startsWith('KONOR_'))
  const removed = Object.fromEntries(inherited.map(name => [name, undefined]))
  // Any port: clusters of other tests run beside this one.
  const env = { ...removed, NO_COLOR: '1', KONOR_GOSSIP: '127.0.0.1:0', ...options.env }
  return new ChildProgram(t, process.execPath, [KONOR_MAIN, ...args], { ...options, env })
}
