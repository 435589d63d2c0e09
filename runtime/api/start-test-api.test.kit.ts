import type { ExecutionContext } from 'ava'
import { silentLogger } from '../ports/logger.ts'
import type { Clock } from '../ports/clock.ts'
import { nodeClock } from '../ports/node/node-clock.ts'
import { nodeRandom } from '../ports/node/node-random.ts'
import type { ApiOptions } from './api-context.ts'
import { createApi } from './create-api.ts'
import { createMemoryControl, GOOD_KEY } from './memory-control.test.kit.ts'
import { createMetrics } from './metrics/create-metrics.ts'

/** A real server on a free loopback port, over a control in memory; closed when the test ends. */
export async function startTestApi(t: ExecutionContext, options: ApiOptions = {}, clock: Clock = nodeClock) {
  const memory = createMemoryControl()
  const metrics = createMetrics('0.0.0-test')
  const api = await createApi({
    control: memory.control,
    logger: silentLogger,
    clock,
    random: nodeRandom,
    metrics,
    options,
  })
  const url = await api.listen('127.0.0.1:0')
  t.teardown(() => api.close())
  const call = (
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(`${url}${path}`, { ...init, headers: { 'x-api-key': GOOD_KEY, ...init.headers } })
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    })
  return { ...memory, api, url, call, send, metrics }
}
