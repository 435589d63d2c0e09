import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { AuditFilter, PageRequest } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import type { AuditView, Page } from '../../engine/views.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Output } from '../../kernel/input.ts'
import { decodeOutputs } from '../../kernel/record-codec.ts'
import { AUDIT_OUTPUT } from './event-views.ts'
import { isoTime } from './iso-time.ts'
import { type OutputId, outputIdText, parseOutputId } from './record-index.ts'

/** Records read at once: the journal reads forward, so going backward is done window by window. */
export const AUDIT_WINDOW_RECORDS = 512
/** Records that one call looks at: past it the page ends, with a cursor to go on from. */
export const AUDIT_SCAN_RECORDS_MAX = 8_192

interface Entry {
  readonly id: OutputId
  readonly wallMs: number
  readonly output: Output
}

/** Bounds of the wall clock, in milliseconds, both inclusive. */
interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * `Control.audit`: the audit entries of the journal, newest first. The cursor is the id of the last entry
 * given, or where a scan that found too little stopped: a page may hold fewer than `limit`, also none, and
 * still have a next one. Times are the wall clock's; since that may be set back, an older record never ends
 * the scan.
 */
export async function readAudit(
  { leader, journal }: { readonly leader: Pick<Leader, 'position'>; readonly journal: Pick<Journal, 'read'> },
  { limit, cursor }: PageRequest,
  filter: AuditFilter,
): Promise<Page<AuditView>> {
  const span = { fromMs: timeIn(filter.from, 'from') ?? 0, toMs: timeIn(filter.to, 'to') ?? Infinity }
  const { position } = leader
  // Everything strictly older than this is still to be looked at.
  let before: OutputId =
    cursor === undefined ? { ...position, seq: position.seq + 1, k: 0 } : parseOutputId(cursor)
  const floorSeq = Math.max(0, before.seq - AUDIT_SCAN_RECORDS_MAX)
  const found: Entry[] = []
  let oldestSeq = 1
  while (found.length <= limit && before.seq > floorSeq && !isBeginning(before, oldestSeq)) {
    const search = { before, filter, span, wanted: limit + 1 - found.length }
    const window = await readWindow(journal, search, floorSeq, position.seq)
    oldestSeq = window.oldestSeq
    found.push(...window.entries)
    before = { timeline: position.timeline, seq: window.fromSeq, k: 0 }
  }
  const items = found.slice(0, limit).map(auditView)
  if (found.length > limit) return { items, next: items.at(-1)?.id ?? null }
  return { items, next: isBeginning(before, oldestSeq) ? null : outputIdText(before) }
}

/** Nothing is older than the first output of the oldest record that is kept. */
function isBeginning({ seq, k }: OutputId, oldestSeq: number): boolean {
  return seq < oldestSeq || (seq === oldestSeq && k === 0)
}

interface AuditWindow {
  /** Newest first. */
  readonly entries: readonly Entry[]
  readonly fromSeq: number
  /** Sequence of the oldest record that the journal still holds, as far as is known. */
  readonly oldestSeq: number
}

/** What a window is read for: entries older than `before`, at most `wanted` of them, the newest ones. */
interface Search {
  readonly before: OutputId
  readonly filter: AuditFilter
  readonly span: Span
  readonly wanted: number
}

/** The entries at and below `before`, in at most a window of records, as the journal still holds them. */
async function readWindow(
  journal: Pick<Journal, 'read'>,
  search: Search,
  floorSeq: number,
  headSeq: number,
): Promise<AuditWindow> {
  const { seq, k } = search.before
  const toSeq = Math.min(k === 0 ? seq - 1 : seq, headSeq)
  const fromSeq = Math.max(1, floorSeq, toSeq - AUDIT_WINDOW_RECORDS + 1)
  try {
    return { entries: await entriesIn(journal, fromSeq, toSeq, search), fromSeq, oldestSeq: 1 }
  } catch (thrown) {
    if (!isKonorError(thrown, 'KONOR_JOURNAL_COMPACTED')) throw thrown
    const oldestSeq = Number(thrown.details['anchorSeq'] ?? toSeq) + 1
    return { entries: await entriesIn(journal, oldestSeq, toSeq, search), fromSeq: oldestSeq, oldestSeq }
  }
}

async function entriesIn(
  journal: Pick<Journal, 'read'>,
  fromSeq: number,
  toSeq: number,
  { before, filter, span, wanted }: Search,
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  if (fromSeq > toSeq) return entries
  for await (const { timeline, seq, wallMs, outputs } of journal.read(fromSeq, toSeq)) {
    if (wallMs < span.fromMs || wallMs > span.toMs) continue
    for (const [k, output] of decodeOutputs(outputs).entries()) {
      const isOlder = seq < before.seq || k < before.k
      if (!isOlder || !matches(output, filter)) continue
      entries.push({ id: { timeline, seq, k }, wallMs, output })
      // Older ones than are wanted wait for the next page: a window never holds more than a page.
      if (entries.length > wanted) entries.shift()
    }
  }
  return entries.toReversed()
}

function matches({ type, data }: Output, { actor, action, resource }: AuditFilter): boolean {
  return (
    type === AUDIT_OUTPUT &&
    (actor === undefined || data['actor'] === actor) &&
    (action === undefined || data['action'] === action) &&
    (resource === undefined || String(data['resource']).startsWith(resource))
  )
}

function auditView({ id, wallMs, output }: Entry): AuditView {
  const { actor, action, resource, outcome, code, trace, detail } = output.data
  return {
    id: outputIdText(id),
    at: isoTime(wallMs),
    actor: String(actor),
    action: String(action),
    resource: String(resource),
    outcome: outcome === 'refused' ? 'refused' : 'accepted',
    ...(code === undefined ? {} : { code: String(code) }),
    detail: detail as Readonly<Record<string, CborValue>>,
    ...(trace === undefined ? {} : { traceId: String(trace) }),
  }
}

function timeIn(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const wallMs = Date.parse(text)
  if (!Number.isNaN(wallMs)) return wallMs
  const problem = `\`${name}\` is not a time: ${JSON.stringify(text.slice(0, 64))}; give ISO 8601, as 2025-01-31T12:00:00Z`
  throw new KonorError('KONOR_ENGINE_INVALID', problem)
}
