import { STALE_MACHINE } from '../cluster/stale-central.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { Evidence, Violation } from './evidence.ts'
import type { LinkEntry } from './link-history.ts'

/** What follows at once from a message is there after so long. */
const AT_ONCE_MS = 1_000
/** Clocks of machines may run slow by a fifth. */
const SLOWEST = 0.79
/** Bytes of one piece; only the last one of a bundle may be shorter. */
const PIECE_BYTES = 64 * 1024
/** Transfers that an agent has under way at once; others wait for their turn. */
const AT_ONCE_MAX = 2
/** Away from central for less, an agent asks no peer for what it lacks. */
const PEERLESS_MS = 7_000

/** A bundle that is asked for. */
interface Transfer {
  readonly digest: string
  /** End of the pieces that came, in their order. */
  receivedBytes: number
}

/**
 * Promise 5: what an agent asked for and did not get in full it asks for again, as soon as it is welcomed on another
 * link. A transfer that waits for an answer on a link that is gone would wait for ever.
 */
export function checkTransfers(evidence: Evidence): Violation[] {
  const byAgent = new Map<ProgramLife, LinkEntry[]>()
  for (const entry of evidence.links)
    if (entry.by.name.endsWith('/agent')) byAgent.set(entry.by, [...(byAgent.get(entry.by) ?? []), entry])
  return [...byAgent.values()].flatMap(entries => judge(entries, evidence))
}

function judge(entries: readonly LinkEntry[], evidence: Evidence): Violation[] {
  const pending = new Map<string, Transfer>()
  let lostMs = 0
  return entries.flatMap(entry => {
    const { what, t, atMs } = entry
    if (what === 'end') lostMs = atMs
    if (what === 'sent' && t === 'fetch') begin(pending, String(entry.body['digest']))
    if (what === 'got') take(pending, entry)
    if (what !== 'got' || t !== 'welcome' || entry.other?.machine === STALE_MACHINE) return []
    if (!isBound(entry, entries, evidence)) return []
    // A peer may have given it meanwhile.
    if (evidence.topology.gossip !== undefined && atMs - lostMs > PEERLESS_MS) return []
    const untilMs = atMs + AT_ONCE_MS / SLOWEST
    const asked = entries.filter(one => one.what === 'sent' && one.t === 'fetch' && one.link === entry.link)
    const again = new Set(asked.filter(one => one.atMs <= untilMs).map(({ body }) => body['digest']))
    return [...pending.keys()]
      .slice(0, AT_ONCE_MAX)
      .filter(digest => !again.has(digest))
      .map(digest => ({ promise: 5, what: `${told(entry)} does not ask again for ${digest.slice(0, 8)}` }))
  })
}

function begin(pending: Map<string, Transfer>, digest: string): void {
  if (!pending.has(digest)) pending.set(digest, { digest, receivedBytes: 0 })
}

function take(pending: Map<string, Transfer>, { t, body }: LinkEntry): void {
  if (t === 'refused') pending.delete(String(body['about']))
  const transfer = t === 'chunk' ? pending.get(String(body['digest'])) : undefined
  if (transfer === undefined || body['offset'] !== transfer.receivedBytes) return
  transfer.receivedBytes += PIECE_BYTES
  if (transfer.receivedBytes >= Number(body['sizeBytes'])) pending.delete(transfer.digest)
}

/** The link lasts, the agent runs, and its disk is well: what a welcome says is written down first. */
function isBound({ by, atMs, link }: LinkEntry, entries: readonly LinkEntry[], evidence: Evidence): boolean {
  const untilMs = atMs + AT_ONCE_MS / SLOWEST
  if (untilMs >= evidence.endMs || (by.toMs ?? Infinity) <= untilMs) return false
  if (by.stands.some(({ fromMs, toMs = Infinity }) => fromMs <= untilMs && toMs >= atMs)) return false
  if (entries.some(one => one.what === 'end' && one.link === link && one.atMs <= untilMs)) return false
  return !evidence.spans.some(
    ({ fault, fromMs, toMs = Infinity }) =>
      (fault.kind === 'slow-disk' || fault.kind === 'failing-disk') &&
      fault.machine === by.machine &&
      fromMs <= untilMs &&
      toMs >= atMs - AT_ONCE_MS,
  )
}

function told({ by, link, atMs }: LinkEntry): string {
  return `${by.name} is welcomed on link ${link} at ${(atMs / 1_000).toFixed(3)} s and`
}
