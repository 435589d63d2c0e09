import type { FastifyInstance } from 'fastify'
import type { ApiContext } from './api-context.ts'
import { INDEX_WAIT_MS_MAX } from './api-limits.ts'

interface ConsistencyQuery {
  readonly index?: string
  readonly fresh?: boolean
}

/**
 * `?index=` holds a request until this replica has folded that far, `?fresh=true` until it has folded a barrier of its
 * own; every answer says in `Konor-Index` how far the replica was when it was written, so a reader that passes it on
 * never reads backward.
 */
export function keepConsistent(app: FastifyInstance, { control }: ApiContext): void {
  app.addHook('preHandler', async request => {
    const { index, fresh } = (request.query ?? {}) as ConsistencyQuery
    if (index !== undefined) await control.waitForIndex(index, INDEX_WAIT_MS_MAX)
    if (fresh === true) await control.waitForIndex(await control.barrier(), INDEX_WAIT_MS_MAX)
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('Konor-Index', control.index())
    return payload
  })
}
