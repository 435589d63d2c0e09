import { startAgent } from '../../../agent/agent.ts'
import { createTcpTransport } from '../../../runtime/links/tcp-link.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../../runtime/ports/node/node-random.ts'
import { createMarks } from './marks.ts'

// timed-agent DIR SOCKET NAME TOKEN: what `konor agent` runs, with marks in place of the log.
const [, , dataDir = '', socketPath = '', name = '', token = ''] = process.argv
await startAgent({
  ...createMarks(),
  dataDir,
  socketPath,
  name,
  tokens: [token],
  labels: {},
  version: 'bench',
  transport: createTcpTransport(),
  clock: nodeClock,
  random: nodeRandom,
})
