import { publishedBoundMs } from './check-gossip.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'

/** Heartbeat, suspect and offline of a link, as `docs/architecture.md` has them: the least that a leader listens. */
const LINK_BOUND_MS = 18_000
/** So long after its time a deadline may be folded while nothing is in its way: it is tried again each second. */
const LATE_MS = 4_000
/** Instants are fractions, and so are their differences. */
const ROUNDING_MS = 0.001
/** Clocks of machines run up to a fifth too fast or too slow. */
const DRIFT = 1.3

/**
 * Promises 1 and 10: what waits for a time in the journal is told of it, not before and soon after, by whoever leads
 * then; and a new leader listens for one detection bound before it takes silence for an answer.
 */
export function checkDeadlines(evidence: Evidence): Violation[] {
  return [...checkEarly(evidence), ...checkHold(evidence), ...checkOverdue(evidence)]
}

function timersIn({ inputs }: ReadRecord): readonly { address: string; timer: string }[] {
  return inputs.flatMap(({ route, body }) =>
    route === 'timer' ? [body as unknown as { address: string; timer: string }] : [],
  )
}

function checkEarly({ records, waits }: Evidence): Violation[] {
  const ended = new Map(
    waits.deadlines.map(span => [`${String(span.toSeq)} ${span.address} ${span.timer}`, span]),
  )
  return records.flatMap(read => {
    const { record, inputs } = read
    // Others in the same record may have ended what a timer came too early for.
    if (inputs.length !== 1) return []
    return timersIn(read).flatMap(({ address, timer }) => {
      const span = ended.get(`${record.seq} ${address} ${timer}`)
      if (span === undefined || span.dueMs <= record.timeMs) return []
      const by = span.dueMs - record.timeMs
      return [{ promise: 1, what: `${timer} of ${address} came ${by} ms too early, in record ${record.seq}` }]
    })
  })
}

function checkHold({ records, topology }: Evidence): Violation[] {
  const { gossip } = topology
  // The bound grows with the members: two are the fewest that there can be.
  const boundMs = Math.max(LINK_BOUND_MS, gossip === undefined ? 0 : publishedBoundMs(gossip, 2))
  return records.flatMap(read => {
    const { drafted, record } = read
    const listenedMs = drafted === undefined ? Infinity : drafted.monotonicMs - drafted.lifeMonotonicMs
    if (listenedMs >= boundMs - ROUNDING_MS || timersIn(read).length === 0) return []
    const what = `record ${record.seq} is a deadline, ${Math.round(listenedMs)} ms after its leader began`
    return [{ promise: 10, what }]
  })
}

function checkOverdue({ records, topology, waits }: Evidence): Violation[] {
  const joined = records.flatMap(({ outputs }) => outputs.filter(({ type }) => type === 'node.joined')).length
  const { gossip } = topology
  const gossipMs = gossip === undefined ? 0 : publishedBoundMs(gossip, Math.max(2, joined + 1))
  const boundMs = Math.max(LINK_BOUND_MS, gossipMs) * DRIFT
  const told = new Set<object>()
  return waits.overdue.flatMap(({ atMs, deadline, byMs }) => {
    const { life, address, timer } = deadline
    const sinceMs = atMs - LATE_MS
    if (byMs < LATE_MS || told.has(deadline) || sinceMs < life.fromMs + boundMs) return []
    const stood = life.stands.some(stand => stand.fromMs <= atMs && (stand.toMs ?? Infinity) >= sinceMs)
    const refused = waits.troubles.some(
      trouble => trouble.life === life && trouble.fromMs <= atMs && trouble.toMs >= sinceMs,
    )
    if (stood || refused) return []
    told.add(deadline)
    const what = `${timer} of ${address} is ${Math.round(byMs)} ms late at ${(atMs / 1_000).toFixed(3)} s`
    return [{ promise: 1, what }]
  })
}
