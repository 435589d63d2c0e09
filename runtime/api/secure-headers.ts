import type { FastifyInstance } from 'fastify'

/** What every answer carries: nothing of the API may be cached by others, framed, sniffed or run. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

export function secureHeaders(app: FastifyInstance, overTls: boolean): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS)
    if (overTls) reply.header('Strict-Transport-Security', 'max-age=31536000')
  })
}
