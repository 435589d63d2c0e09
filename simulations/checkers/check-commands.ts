import type { Evidence, Violation } from './evidence.ts'
import type { WireEntry } from './wire-history.ts'

interface Order {
  readonly timeline: number
  readonly epoch: number
}

const NONE: Order = { timeline: 0, epoch: 0 }

/**
 * Promise 8, at agents: once an agent has heard central in one epoch, and answered, it never again answers an earlier
 * one, over any link; and what it says to have accepted never falls, also across its restarts.
 */
export function checkCommands({ wire, rebuilt, spans }: Evidence): Violation[] {
  const highest = new Map<string, Order>()
  const claimed = new Map<string, Order>()
  const welcomes = new Map<number, Order>()
  return wire.flatMap(entry => {
    const { isSent, from: machine, to, link, t, body } = entry
    // A machine with an empty disk is another agent.
    const from = `${machine} ${rebuilt.filter(one => one.node === machine && one.atMs <= entry.atMs).length}`
    if (!isSent && t === 'welcome') welcomes.set(link, orderOf(body))
    if (!isSent && t === 'desire') {
      const desire = orderOf(body['desire'] as WireEntry['body'])
      const welcome = welcomes.get(link)
      if (welcome !== undefined && compare(desire, welcome) < 0)
        return [violation(entry, to, `was told of ${told(desire)} on a link of ${told(welcome)}`)]
    }
    if (!isSent || (t !== 'report' && t !== 'hello')) return []
    if (t === 'hello') {
      const said = orderOf(body)
      const [one, other] = [claimed.get(from) ?? NONE, highest.get(from) ?? NONE]
      const before = compare(one, other) > 0 ? one : other
      // A copy of its state that rotted is noticed; what was in it alone is gone, and the agent falls back to say so.
      if (compare(said, before) < 0 && hasRotten(spans, machine, entry.atMs)) {
        claimed.set(from, said)
        highest.set(from, said)
        return []
      }
      claimed.set(from, compare(said, before) > 0 ? said : before)
      return compare(said, before) < 0
        ? [violation(entry, machine, `says it has accepted ${told(said)}, after ${told(before)}`)]
        : []
    }
    const welcome = welcomes.get(link)
    if (welcome === undefined) return []
    const before = highest.get(from) ?? NONE
    if (compare(welcome, before) > 0) highest.set(from, welcome)
    return compare(welcome, before) < 0
      ? [violation(entry, machine, `answers ${told(welcome)} after ${told(before)}`)]
      : []
  })
}

function hasRotten(spans: Evidence['spans'], machine: string, atMs: number): boolean {
  return spans.some(
    ({ fault, fromMs }) =>
      (fault.kind === 'rotten-midway' ||
        ((fault.kind === 'bit-rot' || fault.kind === 'rotten-restart') && fault.file === 'state')) &&
      fault.machine === machine &&
      fromMs <= atMs,
  )
}

function orderOf(body: WireEntry['body']): Order {
  return { timeline: Number(body['timeline']), epoch: Number(body['epoch']) }
}

function compare(a: Order, b: Order): number {
  return a.timeline - b.timeline || a.epoch - b.epoch
}

function told({ timeline, epoch }: Order): string {
  return `epoch ${timeline}-${epoch}`
}

function violation({ atMs }: WireEntry, agent: string, what: string): Violation {
  return { promise: 8, what: `the agent of ${agent} ${what}, at ${(atMs / 1_000).toFixed(3)} s` }
}
