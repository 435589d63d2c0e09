import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Control, ResetView } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import type { EventView } from '../../engine/views.ts'
import type { Journal, JournalRecord } from '../../journal/journal.ts'
import { decodeOutputs } from '../../kernel/record-codec.ts'
import { EventInbox } from './event-inbox.ts'
import { AUDIT_OUTPUT, eventViews } from './event-views.ts'
import type { FoldedFeed } from './folded-feed.ts'
import { type OutputId, outputIdText, parseOutputId } from './record-index.ts'

export interface EventSources {
  readonly leader: Pick<Leader, 'position'>
  readonly journal: Pick<Journal, 'read'>
  readonly feed: FoldedFeed
  /** What a reader begins from when its history cannot be resumed: groups and nodes as they are now. */
  snapshot(): Pick<ResetView, 'groups' | 'nodes'>
  /** Default: `STREAM_EVENTS_MAX`. */
  readonly eventsMax?: number
}

type Item = EventView | ResetView

/**
 * `Control.events`: history from the journal up to the durable position, then live, each event once and in
 * order.
 *
 * A reader is subscribed in the very turn in which nothing durable is left to read, so nothing falls between,
 * and a long history takes no buffer. Should records ever reach the feed with a hole, the hole is read from
 * the journal. Without `since` it begins after the position at the time of the call, whenever it is first
 * read.
 */
export function streamEvents(
  sources: EventSources,
  since: string | undefined,
  signal: AbortSignal,
): ReturnType<Control['events']> {
  const from = since === undefined ? undefined : parseOutputId(since)
  return run(sources, from, sources.leader.position.seq + 1, signal)
}

async function* run(
  sources: EventSources,
  since: OutputId | undefined,
  afterNow: number,
  signal: AbortSignal,
): AsyncGenerator<Item, void> {
  let nextSeq = afterNow
  if (since !== undefined) {
    const rest = await restOfRecord(sources, since)
    if (rest === 'lost') nextSeq = yield* reset(sources)
    else {
      yield* untilAborted(rest, signal)
      nextSeq = since.seq + 1
    }
  }
  while (!signal.aborted) {
    nextSeq = yield* history(sources, nextSeq, signal)
    nextSeq = yield* live(sources, nextSeq, signal)
  }
}

/**
 * The events of the record of `since` that come after it, or `lost` when this journal does not hold that
 * record.
 */
async function restOfRecord(
  { leader, journal }: EventSources,
  since: OutputId,
): Promise<readonly EventView[] | 'lost'> {
  const { seq, timeline } = leader.position
  if (since.seq > seq) return 'lost'
  // Before the first record nothing can differ but the timeline.
  if (seq === 0) return since.timeline === timeline ? [] : 'lost'
  const record = await recordAt(journal, Math.max(since.seq, 1))
  // A record keeps the timeline it was written in: only one that a restore left behind is foreign.
  if (record === undefined || record.timeline !== since.timeline) return 'lost'
  if (since.seq === 0) return []
  const outputs = decodeOutputs(record.outputs)
  const after = outputs.slice(0, since.k + 1).filter(({ type }) => type !== AUDIT_OUTPUT).length
  return eventViews(record, outputs).slice(after)
}

/** Undefined when it was compacted away. */
async function recordAt(journal: EventSources['journal'], seq: number): Promise<JournalRecord | undefined> {
  try {
    for await (const record of journal.read(seq, seq)) return record
  } catch (thrown) {
    if (!isKonorError(thrown, 'KONOR_JOURNAL_COMPACTED')) throw thrown
  }
  return undefined
}

/** Yields what is durable from `fromSeq` on, until nothing more is; answers the sequence to go on from. */
async function* history(
  sources: EventSources,
  fromSeq: number,
  signal: AbortSignal,
): AsyncGenerator<Item, number> {
  const { leader, journal } = sources
  let nextSeq = fromSeq
  while (nextSeq <= leader.position.seq && !signal.aborted) {
    try {
      for await (const record of journal.read(nextSeq, leader.position.seq)) {
        yield* untilAborted(eventViews(record, decodeOutputs(record.outputs)), signal)
        nextSeq = record.seq + 1
        if (signal.aborted) break
      }
    } catch (thrown) {
      if (!isKonorError(thrown, 'KONOR_JOURNAL_COMPACTED')) throw thrown
      // Compacted while it was being read: this reader was overtaken and begins anew.
      nextSeq = yield* reset(sources)
    }
  }
  return nextSeq
}

/** Yields live events until the signal aborts or a hole appears; answers the sequence to go on from. */
async function* live(
  { feed, eventsMax }: EventSources,
  fromSeq: number,
  signal: AbortSignal,
): AsyncGenerator<Item, number> {
  const inbox = new EventInbox(feed, fromSeq, signal, eventsMax)
  try {
    for (;;) {
      const taken = await inbox.take()
      if ('aborted' in taken) return fromSeq
      if ('missing' in taken) return taken.missing
      for (const events of taken.batches) yield* untilAborted(events, signal)
    }
  } finally {
    inbox.close()
  }
}

/**
 * Yields a snapshot of now. Its id is the last output of the newest record, so that resuming from it repeats
 * nothing: how many outputs that record has is known from the feed, or read when nothing was folded since the
 * start.
 */
async function* reset({ leader, journal, feed, snapshot }: EventSources): AsyncGenerator<Item, number> {
  for (;;) {
    const { seq } = leader.position
    const outputs = feed.last?.seq === seq ? feed.last.outputs : await countOutputs(journal, seq)
    const { timeline, seq: now } = leader.position
    if (now !== seq) continue
    const id = outputIdText({ timeline, seq, k: Math.max(outputs - 1, 0) })
    yield { reset: true, id, ...snapshot() }
    return seq + 1
  }
}

async function countOutputs(journal: EventSources['journal'], seq: number): Promise<number> {
  if (seq === 0) return 0
  const record = await recordAt(journal, seq)
  return record === undefined ? 0 : decodeOutputs(record.outputs).length
}

function* untilAborted(events: readonly EventView[], signal: AbortSignal): Generator<EventView> {
  for (const event of events) {
    if (signal.aborted) return
    yield event
  }
}
