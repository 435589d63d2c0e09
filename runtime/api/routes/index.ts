import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { actorRoutes } from './actors.ts'
import { analyticsRoutes } from './analytics.ts'
import { auditRoutes } from './audit.ts'
import { clusterRoutes } from './cluster.ts'
import { configRoutes } from './config.ts'
import { errorPageRoutes } from './error-pages.ts'
import { eventRoutes } from './events.ts'
import { gossipRoutes } from './gossip.ts'
import { groupRoutes } from './groups.ts'
import { healthRoutes } from './health.ts'
import { historyRoutes } from './history.ts'
import { jobRoutes } from './jobs.ts'
import { manifestRoutes } from './manifests.ts'
import { metricsRoutes } from './metrics.ts'
import { nodeRoutes } from './nodes.ts'
import { openApiRoutes } from './openapi.ts'
import { policyRoutes } from './policies.ts'
import { rehearsalRoutes } from './rehearsals.ts'
import { rolloutRoutes } from './rollouts.ts'
import { tokenRoutes } from './tokens.ts'

/** Declares the routes of one resource; each runs in a scope of its own. */
export type DeclareRoutes = (app: FastifyInstance, context: ApiContext) => void

/** All resources, in the order in which the OpenAPI document lists them. */
export const routes: readonly DeclareRoutes[] = [
  healthRoutes,
  metricsRoutes,
  openApiRoutes,
  manifestRoutes,
  rehearsalRoutes,
  jobRoutes,
  configRoutes,
  historyRoutes,
  groupRoutes,
  rolloutRoutes,
  tokenRoutes,
  nodeRoutes,
  analyticsRoutes,
  clusterRoutes,
  gossipRoutes,
  policyRoutes,
  actorRoutes,
  eventRoutes,
  auditRoutes,
  errorPageRoutes,
]
