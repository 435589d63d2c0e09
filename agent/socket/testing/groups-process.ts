import { noFaults } from '../../../runtime/ports/fault-points.ts'
import { silentLogger } from '../../../runtime/ports/logger.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../../runtime/ports/node/node-random.ts'
import { startSocketServer } from '../socket-server.ts'
import { MemoryGroups } from './memory-groups.ts'

/**
 * A process of its own that serves one group `g` with as many keys as its second argument says at the socket of its
 * first, so that a benchmark measures two processes. It says `ready` and ends with its standard input.
 */
const [, , path = '', keys = '1000'] = process.argv
const groups = new MemoryGroups().join('g')
groups.activate(
  'g',
  Object.fromEntries(Array.from({ length: Number(keys) }, (_, n) => [`key-${n}`, `value-${n}`])),
)
const server = await startSocketServer({
  path,
  service: groups,
  clock: nodeClock,
  random: nodeRandom,
  logger: silentLogger,
  faults: noFaults,
})
process.stdin.resume().once('end', () => void server.close())
process.stdout.write('ready\n')
