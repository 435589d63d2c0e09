import { startCentral } from '../../../runtime/central/start-central.ts'
import { nodeClock } from '../../../runtime/ports/node/node-clock.ts'
import { nodeRandom } from '../../../runtime/ports/node/node-random.ts'
import { createMarks } from './marks.ts'

// timed-central DIR HTTP LINK: what `konor up` runs, with marks in place of the log.
const [, , dataDir = '', http = '', link = ''] = process.argv
await startCentral({
  ...createMarks(),
  dataDir,
  http,
  link,
  gossip: '127.0.0.1:0',
  version: 'bench',
  clock: nodeClock,
  random: nodeRandom,
})
