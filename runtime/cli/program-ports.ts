import process from 'node:process'
import { createEnvFaults } from '../ports/node/env-faults.ts'
import { nodeClock } from '../ports/node/node-clock.ts'
import { nodeRandom } from '../ports/node/node-random.ts'
import type { Settings } from './settings/resolve-settings.ts'

/** The ports that a long-running program gets from this process; its log goes to standard error. */
export async function programPorts(name: string, settings: Settings) {
  const { createPinoLogger } = await import('../ports/node/pino-logger.ts')
  const level = (settings.text('log-level') ?? 'info') as Parameters<typeof createPinoLogger>[0]['level']
  const logger = createPinoLogger({ level, pretty: process.stderr.isTTY === true, name })
  return { logger, clock: nodeClock, random: nodeRandom, faults: createEnvFaults(process.env) }
}
