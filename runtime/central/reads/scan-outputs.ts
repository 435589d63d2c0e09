import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { PageRequest } from '../../engine/views.ts'
import type { Leader } from '../../engine/leader.ts'
import type { Page } from '../../engine/views.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Output } from '../../kernel/input.ts'
import { decodeOutputs } from '../../kernel/record-codec.ts'
import { type OutputId, outputIdText, parseOutputId } from './record-index.ts'

/** Records read at once: the journal reads forward, so going backward is done window by window. */
export const SCAN_WINDOW_RECORDS = 512
/** Records that one call looks at: past it the page ends, with a cursor to go on from. */
export const SCAN_RECORDS_MAX = 8_192

/** An output of a record that was looked for. */
export interface FoundOutput {
  readonly id: OutputId
  readonly wallMs: number
  readonly output: Output
}

/** Which outputs are wanted; a record that `record` turns down is not decoded. */
export interface Wanted {
  record?(record: { readonly wallMs: number; readonly outputs: Uint8Array }): boolean
  output(output: Output): boolean
}

/**
 * The wanted outputs of the journal, newest first. The cursor is the id of the last one given, or where a scan that
 * found too little stopped: a page may hold fewer than `limit`, also none, and still have a next one.
 */
export async function scanOutputs(
  { leader, journal }: { readonly leader: Pick<Leader, 'position'>; readonly journal: Pick<Journal, 'read'> },
  { limit, cursor }: PageRequest,
  wanted: Wanted,
): Promise<Page<FoundOutput>> {
  const { position } = leader
  // Everything strictly older than this is still to be looked at.
  let before: OutputId =
    cursor === undefined ? { ...position, seq: position.seq + 1, k: 0 } : parseOutputId(cursor)
  const floorSeq = Math.max(0, before.seq - SCAN_RECORDS_MAX)
  const found: FoundOutput[] = []
  let oldestSeq = 1
  while (found.length <= limit && before.seq > floorSeq && !isBeginning(before, oldestSeq)) {
    const search = { before, wanted, count: limit + 1 - found.length }
    const window = await readWindow(journal, search, floorSeq, position.seq)
    oldestSeq = window.oldestSeq
    found.push(...window.entries)
    before = { timeline: position.timeline, seq: window.fromSeq, k: 0 }
  }
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (found.length > limit) return { items, next: last === undefined ? null : outputIdText(last.id) }
  return { items, next: isBeginning(before, oldestSeq) ? null : outputIdText(before) }
}

/** Nothing is older than the first output of the oldest record that is kept. */
function isBeginning({ seq, k }: OutputId, oldestSeq: number): boolean {
  return seq < oldestSeq || (seq === oldestSeq && k === 0)
}

interface OutputWindow {
  /** Newest first. */
  readonly entries: readonly FoundOutput[]
  readonly fromSeq: number
  /** Sequence of the oldest record that the journal still holds, as far as is known. */
  readonly oldestSeq: number
}

/** What a window is read for: outputs older than `before`, at most `count` of them, the newest ones. */
interface Search {
  readonly before: OutputId
  readonly wanted: Wanted
  readonly count: number
}

/** The outputs at and below `before`, in at most a window of records, as the journal still holds them. */
async function readWindow(
  journal: Pick<Journal, 'read'>,
  search: Search,
  floorSeq: number,
  headSeq: number,
): Promise<OutputWindow> {
  const { seq, k } = search.before
  const toSeq = Math.min(k === 0 ? seq - 1 : seq, headSeq)
  const fromSeq = Math.max(1, floorSeq, toSeq - SCAN_WINDOW_RECORDS + 1)
  try {
    return { entries: await outputsIn(journal, fromSeq, toSeq, search), fromSeq, oldestSeq: 1 }
  } catch (thrown) {
    if (!isKonorError(thrown, 'KONOR_JOURNAL_COMPACTED')) throw thrown
    const oldestSeq = Number(thrown.details['anchorSeq'] ?? toSeq) + 1
    return { entries: await outputsIn(journal, oldestSeq, toSeq, search), fromSeq: oldestSeq, oldestSeq }
  }
}

async function outputsIn(
  journal: Pick<Journal, 'read'>,
  fromSeq: number,
  toSeq: number,
  { before, wanted, count }: Search,
): Promise<readonly FoundOutput[]> {
  const entries: FoundOutput[] = []
  if (fromSeq > toSeq) return entries
  for await (const record of journal.read(fromSeq, toSeq)) {
    if (wanted.record?.(record) === false) continue
    const { timeline, seq, wallMs } = record
    for (const [k, output] of decodeOutputs(record.outputs).entries()) {
      const isOlder = seq < before.seq || k < before.k
      if (!isOlder || !wanted.output(output)) continue
      entries.push({ id: { timeline, seq, k }, wallMs, output })
      // Older ones than are wanted wait for the next page: a window never holds more than a page.
      if (entries.length > count) entries.shift()
    }
  }
  return entries.toReversed()
}
