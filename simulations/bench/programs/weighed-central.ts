import { createInterface } from 'node:readline'
import { startCentral } from '../../../runtime/central/start-central.ts'
import { noFaults } from '../../../runtime/ports/fault-points.ts'
import { silentLogger } from '../../../runtime/ports/logger.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../../runtime/ports/node/node-random.ts'

// weighed-central DIR HTTP LINK: what `konor up` runs. A line `weigh` on its standard input has it collect its garbage
// (under --expose-gc) and write what memory it then has as one line of JSON.

/** Passes of the collector until what only finalizers hold is gone too. */
const PASSES = 4

createInterface({ input: process.stdin }).on('line', line => {
  if (line !== 'weigh') return
  for (let pass = 0; pass < PASSES; pass++) globalThis.gc?.()
  process.stdout.write(`weigh ${JSON.stringify(process.memoryUsage())}\n`)
})

const [, , dataDir = '', http = '', link = ''] = process.argv
await startCentral({
  dataDir,
  http,
  link,
  gossip: '127.0.0.1:0',
  version: 'bench',
  clock: nodeClock,
  random: nodeRandom,
  logger: silentLogger,
  faults: noFaults,
})
