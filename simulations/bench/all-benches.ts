import type { Bench } from './bench.ts'
import { changeBench } from './benches/change.ts'
import { crowdBench } from './benches/crowd.ts'
import { diskBench } from './benches/disk.ts'
import { gossipBench, gossipLargeBench, gossipLossBench, gossipStallsBench } from './benches/gossip.ts'
import { gossipAgentsBench } from './benches/gossip-agents.ts'
import { gossipUdpBench } from './benches/gossip-udp.ts'
import { gossipUdpCrowdBench } from './benches/gossip-udp-crowd.ts'
import { gossipUdpStressBench } from './benches/gossip-udp-stress.ts'
import { kernelBench } from './benches/kernel.ts'
import { readsBench } from './benches/reads.ts'
import { simulatorBench } from './benches/simulator.ts'
import { stagesBench } from './benches/stages.ts'
import { startBench } from './benches/start.ts'
import { writesBench } from './benches/writes.ts'

/** In the order in which they run: first what the machine can do at all. */
export const allBenches: readonly Bench[] = [
  diskBench,
  kernelBench,
  readsBench,
  startBench,
  writesBench,
  changeBench,
  stagesBench,
  crowdBench,
  gossipBench,
  gossipStallsBench,
  gossipLossBench,
  gossipLargeBench,
  gossipUdpBench,
  gossipUdpStressBench,
  gossipUdpCrowdBench,
  gossipAgentsBench,
  simulatorBench,
]
