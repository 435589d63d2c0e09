import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { noFaults } from '../../../runtime/ports/fault-points.ts'
import { silentLogger } from '../../../runtime/ports/logger.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../../runtime/ports/node/node-random.ts'
import { type SocketServer, type SocketServerOptions, startSocketServer } from '../socket-server.ts'
import { MemoryGroups } from './memory-groups.ts'

export interface ServedGroups {
  readonly path: string
  readonly groups: MemoryGroups
  readonly server: SocketServer
  /** Another server at the same path for the same groups, as an agent that was started again. */
  restart(): Promise<SocketServer>
}

/** A path for a socket in a folder of its own that is removed after the test. */
export async function socketPath(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'konor-socket-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'agent.sock')
}

/** A real server on a real socket, with groups in memory behind it. */
export async function serveGroups(
  t: ExecutionContext,
  options: Partial<SocketServerOptions> = {},
): Promise<ServedGroups> {
  const path = options.path ?? (await socketPath(t))
  const groups = new MemoryGroups().join('g')
  const start = async (): Promise<SocketServer> => {
    const server = await startSocketServer({
      path,
      service: groups,
      clock: nodeClock,
      random: nodeRandom,
      logger: silentLogger,
      faults: noFaults,
      ...options,
    })
    t.teardown(() => server.close())
    return server
  }
  return { path, groups, server: await start(), restart: start }
}
