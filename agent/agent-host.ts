import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { ListenLocal } from '../runtime/ports/local-stream.ts'
import { type ReleaseDirectory, claimDirectory } from '../runtime/ports/node/claim-directory.ts'
import { platformFacts } from '../runtime/ports/node/platform-facts.ts'
import type { StartGossipHost } from './membership/gossip-host.ts'
import type { Gauge } from './vitals/gauge.ts'
import { createNodeGauge } from './vitals/node-gauge.ts'

/** What an agent needs of its machine beside clock, disk and network. */
export interface AgentHost {
  /** The machine's name, as its owner chose it. */
  name(): string
  /** What kind of machine it is: short texts for people, and for labels that choose nodes. */
  platform(): Readonly<Record<string, string>>
  /** Makes the directory when missing and claims it for this process alone; undefined when another one has it. */
  claim(directory: string): Promise<ReleaseDirectory | undefined>
  /** How local processes reach the agent; left out: on a Unix socket. */
  readonly listen?: ListenLocal
  /** How the agent takes part in gossip; left out: on UDP and TCP sockets. */
  readonly startGossip?: StartGossipHost
  /** Begins to measure process and machine; left out: nothing is measured. */
  startGauge?(): Gauge
}

/** The machine that this process runs on. */
export const nodeAgentHost: AgentHost = {
  name: hostname,
  platform: platformFacts,
  startGauge: createNodeGauge,
  async claim(directory) {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return claimDirectory(directory)
  },
}
