import { silentLogger } from '../ports/logger.ts'
import { nodeClock } from '../ports/node/node-clock.ts'
import { nodeRandom } from '../ports/node/node-random.ts'
import type { Control } from '../engine/control.ts'
import { buildApp } from './build-app.ts'
import { createStreamLimits } from './events/stream-limits.ts'
import { createMetrics } from './metrics/create-metrics.ts'

/** The OpenAPI 3.1 document of all routes, as the text of `docs/reference/openapi.json`. */
export async function generateOpenApi(version: string): Promise<string> {
  const health: Control['health'] = () => ({
    ready: false,
    checks: [],
    cluster: '',
    timeline: 0,
    epoch: 0,
    version,
  })
  const app = await buildApp({
    // Declaring the routes asks a control for its version only; no request is ever served.
    control: { health } as Control,
    logger: silentLogger,
    clock: nodeClock,
    random: nodeRandom,
    metrics: createMetrics(version),
    options: {},
    closing: AbortSignal.abort(),
    streams: createStreamLimits(),
  })
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    await app.close()
  }
}
