import type { AlertView, VitalsView } from '../engine/analytics-views.ts'
import type {
  ActorDetailView,
  ActorView,
  GroupView,
  JobView,
  NodeView,
  PolicyView,
  TokenView,
} from '../engine/views.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Client } from './client/client.ts'
import {
  actorColumns,
  configSetColumns,
  type ConfigSetRow,
  groupColumns,
  jobColumns,
} from './output/columns.ts'
import { nodeColumns, policyColumns, tokenColumns } from './output/columns.ts'
import { alertColumns, nodeHealthColumns } from './output/health-text.ts'
import { listOf, type Printable } from './output/print.ts'
import type { Column } from './output/table.ts'

/** A kind of thing that verbs name: `get groups`, `describe group NAME`, `wait job/ID`. */
export interface Kind {
  readonly singular: string
  readonly plural: string
  /** The route of one of it. */
  readonly route: (name: string) => string
  /** `isWide`: also what a list of its own would show. */
  list(client: Client, isWide?: boolean): Promise<Printable>
  one(client: Client, name: string): Promise<Printable>
}

function kind<View>(
  singular: string,
  plural: string,
  columns: readonly Column<View>[],
  nameOf: (view: View) => string,
  route: (name: string) => string = name => `/api/v1/${plural}/${encodeURIComponent(name)}`,
): Kind {
  const printable = (rows: readonly View[]) => listOf(rows, columns, row => `${singular}/${nameOf(row)}`)
  return {
    singular,
    plural,
    route,
    list: async client => printable(await client.list<View>(`/api/v1/${plural}`)),
    async one(client, name) {
      const view = await client.get<View>(route(name))
      return { ...printable([view]), data: view }
    },
  }
}

/** The path of a ConfigSet in a URL: a list ends in a slash. */
export function configRoute(path: string): string {
  return `/api/v1/config/${path.split('/').filter(Boolean).map(encodeURIComponent).join('/')}/`
}

const configSets: Kind = {
  ...kind<ConfigSetRow>('configset', 'configsets', configSetColumns, set => set.path.slice(1), configRoute),
  async list(client) {
    const rows = await client.list<ConfigSetRow>('/api/v1/config/')
    return listOf(rows, configSetColumns, set => `configset${set.path}`)
  },
  async one(client, path) {
    const head = await client.get<{ path: string; version: number }>(configRoute(path), { limit: 1 })
    const entries = await client.list(configRoute(path), { version: head.version })
    const row = { path: head.path, version: head.version, keys: entries.length }
    return {
      ...listOf([row], configSetColumns, set => `configset${set.path}`),
      data: { ...head, items: entries },
    }
  },
}

const nodes: Kind = {
  ...kind<NodeView>('node', 'nodes', nodeColumns, node => node.name),
  async list(client, isWide = false) {
    const views = await client.list<NodeView>('/api/v1/nodes')
    if (!isWide) return listOf(views, nodeColumns, node => `node/${node.name}`)
    const vitals = await client.list<VitalsView>('/api/v1/analytics/nodes')
    const byName = new Map(vitals.map(health => [health.name, health]))
    const rows = views.map(view => ({ ...view, health: byName.get(view.name) }))
    return listOf(rows, nodeHealthColumns, node => `node/${node.name}`)
  },
}

const alerts: Kind = {
  ...kind<AlertView>('alert', 'alerts', alertColumns, alert => alert.id),
  async one(client, id) {
    const found = (await client.list<AlertView>('/api/v1/alerts')).filter(alert => alert.id === id)
    const [alert] = found
    if (alert === undefined)
      throw new KonorError('KONOR_ENGINE_NOT_FOUND', `there is no alert ${id}: konor get alerts`)
    return { ...listOf(found, alertColumns, one => `alert/${one.id}`), data: alert }
  },
}

export const KINDS: readonly Kind[] = [
  configSets,
  kind<GroupView>('group', 'groups', groupColumns, group => group.name),
  nodes,
  alerts,
  kind<JobView>('job', 'jobs', jobColumns, job => job.id),
  kind<PolicyView>('policy', 'policies', policyColumns, policy => policy.name),
  kind<ActorView | ActorDetailView>('actor', 'actors', actorColumns, actor => actor.address),
  kind<TokenView>('token', 'tokens', tokenColumns, token => token.id),
]

/** A kind by its singular or plural name. */
export function kindNamed(name: string, allowed: readonly string[]): Kind {
  const found = KINDS.find(({ singular, plural }) => singular === name || plural === name)
  if (found !== undefined && allowed.includes(found.singular)) return found
  throw new KonorError(
    'KONOR_CLI_USAGE',
    `there is no kind ${JSON.stringify(name)} here; expected ${allowed.join(', ')}`,
  )
}
