import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { callerOf } from '../caller-of.ts'
import { routeSchema } from '../schemas/route-schema.ts'
import { boolean, object } from '../schemas/schema.ts'

const tag = 'cluster'
const answers = { 200: object({ frozen: boolean }) }

/** The cluster-wide freeze: no new stage anywhere; rollback stays allowed. */
export function clusterRoutes(app: FastifyInstance, { control }: ApiContext): void {
  app.get(
    '/api/v1/freeze',
    { schema: routeSchema({ tag, summary: 'Whether the cluster is frozen', answers }) },
    async () => ({ frozen: control.frozen() }),
  )

  app.post(
    '/api/v1/freeze',
    { schema: routeSchema({ tag, summary: 'Freeze: stop all new stages', answers }) },
    async request => {
      await control.freeze(callerOf(request))
      return { frozen: control.frozen() }
    },
  )

  app.post(
    '/api/v1/thaw',
    { schema: routeSchema({ tag, summary: 'End a freeze', answers }) },
    async request => {
      await control.thaw(callerOf(request))
      return { frozen: control.frozen() }
    },
  )
}
