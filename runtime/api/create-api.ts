import type { FastifyInstance } from 'fastify'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ApiDependencies } from './api-context.ts'
import { buildApp, type TlsFiles } from './build-app.ts'
import { createStreamLimits } from './events/stream-limits.ts'
import { isLoopback } from './is-loopback.ts'

export interface Api {
  /**
   * Listens on `host:port` (`[::1]:port` for IPv6; port 0 takes a free one) and answers the base URL. Throws
   * `KONOR_API_INSECURE_BIND` without TLS off loopback, `KONOR_API_LISTEN_FAILED` when the port is taken.
   */
  listen(address: string, tls?: TlsFiles): Promise<string>
  /** Takes no more requests, ends event streams, lets answers under way finish. */
  close(): Promise<void>
}

/** The REST surface of a central over its `Control`. */
export async function createApi(dependencies: ApiDependencies): Promise<Api> {
  const closing = new AbortController()
  const context = { ...dependencies, closing: closing.signal, streams: createStreamLimits() }
  const apps: FastifyInstance[] = []
  return {
    async listen(address, tls) {
      const { host, port } = parseAddress(address)
      if (tls === undefined && dependencies.options.insecureHttp !== true && !isLoopback(host))
        throw new KonorError(
          'KONOR_API_INSECURE_BIND',
          `${address} is not loopback: give --tls-cert and --tls-key, or --insecure-http to send API keys in the clear`,
        )
      const app = await buildApp(context, tls)
      apps.push(app)
      try {
        return await app.listen({ host, port })
      } catch (cause) {
        throw new KonorError(
          'KONOR_API_LISTEN_FAILED',
          `cannot listen on ${address}; choose another with --http`,
          {
            cause,
          },
        )
      }
    },
    async close() {
      closing.abort()
      await Promise.all(apps.map(app => app.close()))
    },
  }
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? []
  const host = bracketed ?? plain
  const port = Number(portText)
  if (host === undefined || port > 65_535)
    throw new KonorError('KONOR_API_LISTEN_FAILED', `${address}: expected HOST:PORT, such as 127.0.0.1:7600`)
  return { host, port }
}
