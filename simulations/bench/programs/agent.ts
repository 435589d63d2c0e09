import { join } from 'node:path'
import type { ChildProgram } from '../../kit/child-program.ts'
import { spawnKonor } from '../../kit/spawn-konor.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import type { BenchContext } from '../bench.ts'

export interface AgentProgram {
  readonly program: ChildProgram
  readonly socketPath: string
  readonly dataDir: string
}

/** `konor agent` as users run it, in a process and a data directory of its own. */
export function startAgentProgram(context: BenchContext, name: string, token: string): AgentProgram {
  const dataDir = tempDir(context)
  return { dataDir, ...restartAgentProgram(context, name, dataDir, ['--token', token]) }
}

/** The agent of a data directory that is there already. */
export function restartAgentProgram(
  context: BenchContext,
  name: string,
  dataDir: string,
  more: readonly string[] = [],
): Omit<AgentProgram, 'dataDir'> {
  const socketPath = join(dataDir, 'agent.sock')
  const program = spawnKonor(
    context,
    ['agent', '--data', dataDir, '--socket', socketPath, '--name', name, ...more],
    { env: { KONOR_LOG_LEVEL: 'warn' } },
  )
  return { program, socketPath }
}
