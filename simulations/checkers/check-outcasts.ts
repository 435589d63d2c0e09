import { STALE_MACHINE } from '../cluster/stale-central.ts'
import type { Evidence, Violation } from './evidence.ts'

/** What was on its way when a node was removed has left after so long. */
const AT_ONCE_MS = 1_000

/** Since when, by the node and the order of commands under which it was removed. */
type Removals = ReadonlyMap<string, number>

/**
 * Promise 8, when a node is taken away: central speaks no more to it on the link that it has. Links that come later are
 * of somebody who may bear the same name.
 */
export function checkOutcasts({ links, records }: Evidence): Violation[] {
  const removals: Removals = new Map(
    records.flatMap(({ atMs, record, outputs }) =>
      outputs.flatMap(({ type, data }) =>
        type === 'node.removed' ? [[`${String(data['node'])} ${orderOf(record)}`, atMs] as const] : [],
      ),
    ),
  )
  const welcomed = new Map<number, { readonly node: string; readonly order: string; readonly atMs: number }>()
  const told = new Set<number>()
  return links.flatMap(({ link, by, what, t, atMs, body }) => {
    if (what !== 'sent' || by.name.includes('/') || by.machine === STALE_MACHINE) return []
    if (t === 'welcome') {
      const { node, timeline, epoch } = body as unknown as Welcome
      welcomed.set(link, { node, order: orderOf({ timeline, epoch }), atMs })
    }
    const one = welcomed.get(link)
    const removedAtMs = one === undefined ? undefined : removals.get(`${one.node} ${one.order}`)
    if (one === undefined || removedAtMs === undefined || one.atMs > removedAtMs || told.has(link)) return []
    if (t === 'refused' || atMs <= removedAtMs + AT_ONCE_MS || stoodStill(by, removedAtMs, atMs)) return []
    told.add(link)
    const whom = `${by.name} says ${t} to ${one.node}, which was removed ${Math.round(atMs - removedAtMs)} ms ago`
    return [{ promise: 8, what: `${whom}, at ${(atMs / 1_000).toFixed(3)} s` }]
  })
}

interface Welcome {
  readonly node: string
  readonly timeline: number
  readonly epoch: number
}

function orderOf({ timeline, epoch }: { readonly timeline: number; readonly epoch: number }): string {
  return `${timeline} ${epoch}`
}

/** Whoever stands still finds what it has to say when it goes on. */
function stoodStill({ stands }: Evidence['programs'][number], fromMs: number, untilMs: number): boolean {
  return stands.some(stand => stand.fromMs <= untilMs && (stand.toMs ?? Infinity) >= fromMs)
}
