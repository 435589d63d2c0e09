import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  APPEND_RECORDS_MAX,
  type AppendRequest,
  type Checkpoint,
  type RecordDraft,
} from '../../runtime/journal/journal.ts'
import { MemoryJournal } from '../../runtime/journal/memory-journal.ts'
import { encodeInputs, encodeOutputs } from '../../runtime/kernel/record-codec.ts'
import type { JournalStore } from '../world/simulated-journal.ts'
import type { World } from '../world/world.ts'

const NOTHING = new Uint8Array()
/** A record that says nothing: should one be taken, the journal can still be read. */
const INPUTS = encodeInputs([])
const OUTPUTS = encodeOutputs([])

/**
 * Asks a journal, as it stands in the middle of a run, for what its port says that it refuses: each request
 * is wrong in one way only, and must come back with the code for that, with nothing written.
 */
export async function probeJournal(store: JournalStore, world: World): Promise<void> {
  const { disk, book } = store
  const journal = new MemoryJournal({ disk })
  const before = {
    records: disk.records.length,
    blobs: disk.blobs.size,
    checkpoints: disk.checkpoints.length,
  }
  const complain = (what: string): void => book.complain(world.nowMs, 12, what)
  for (const { what, code, ask } of [...wrongAppends(store), ...wrongCheckpoints(store)]) {
    const error = await ask(journal).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!isKonorError(error, code)) complain(`the journal answered ${String(error)} to ${what}, not ${code}`)
  }
  const { records, blobs, checkpoints } = disk
  if (records.length !== before.records || blobs.size !== before.blobs) complain('what was refused is there')
  if (checkpoints.length !== before.checkpoints) complain('a checkpoint that was refused is there')
}

interface WrongRequest {
  readonly what: string
  readonly code: 'KONOR_JOURNAL_CONFLICT' | 'KONOR_JOURNAL_INVALID' | 'KONOR_JOURNAL_TOO_LARGE'
  ask(journal: MemoryJournal): Promise<unknown>
}

function wrongAppends({ disk }: JournalStore): WrongRequest[] {
  const last = disk.records.at(-1)
  if (last === undefined) return []
  const { seq, epoch, timeMs, id } = last
  const right: RecordDraft = {
    id: 'probe',
    timeline: disk.head().timeline,
    epoch,
    timeMs,
    wallMs: 0,
    payload: INPUTS,
    outputs: OUTPUTS,
  }
  const append =
    (records: readonly RecordDraft[], blobs: AppendRequest['blobs'] = [], expectedSeq = seq) =>
    (journal: MemoryJournal): Promise<unknown> =>
      journal.append({ expectedSeq, records, blobs })
  const one = (change: Partial<RecordDraft>) => append([{ ...right, ...change }])
  const lie = { digest: digestOfBytes(new Uint8Array([1])), bytes: new Uint8Array([2]) }
  const many = Array.from({ length: APPEND_RECORDS_MAX + 1 }, (_, index) => ({
    ...right,
    id: `probe ${index}`,
  }))
  const conflicts: [string, WrongRequest['ask']][] = [
    ['a writer that is one behind', append([right], [], seq - 1)],
    ['a writer that is one ahead', append([right], [], seq + 1)],
    ['a record of the epoch before', one({ epoch: epoch - 1 })],
    ['a record of the timeline before', one({ timeline: right.timeline - 1, epoch: epoch + 1 })],
    [
      'a batch that falls back by an epoch',
      append([
        { ...right, epoch: epoch + 1 },
        { ...right, id: 'other' },
      ]),
    ],
    ['a record that is there already', one({ id })],
    ['one record twice', append([right, right])],
  ]
  const invalid: [string, WrongRequest['ask']][] = [
    ['journal time that goes back', one({ timeMs: timeMs - 1 })],
    ['journal time that is no number', one({ timeMs: NaN })],
    ['a wall clock before its beginning', one({ wallMs: -1 })],
    ['an epoch of a fraction', one({ epoch: epoch + 0.5 })],
    ['a record without an id', one({ id: '' })],
    ['a blob under the name of another', append([right], [lie])],
  ]
  return [
    // Timelines count from 1: what is before the first is no timeline at all.
    ...conflicts
      .filter(([what]) => right.timeline > 1 || !what.includes('timeline'))
      .filter(([what]) => epoch > 0 || !what.includes('epoch before'))
      .map(([what, ask]) => ({ what, code: 'KONOR_JOURNAL_CONFLICT' as const, ask })),
    ...invalid.map(([what, ask]) => ({ what, code: 'KONOR_JOURNAL_INVALID' as const, ask })),
    { what: 'too many records at once', code: 'KONOR_JOURNAL_TOO_LARGE', ask: append(many) },
  ]
}

function wrongCheckpoints({ disk }: JournalStore): WrongRequest[] {
  const { seq } = disk.head()
  const right: Checkpoint = { seq, stateHash: digestOfBytes(NOTHING), state: NOTHING }
  const put = (change: object) => (journal: MemoryJournal) => journal.putCheckpoint({ ...right, ...change })
  const code = 'KONOR_JOURNAL_INVALID' as const
  return [
    { what: 'a checkpoint of what was never written', code, ask: put({ seq: seq + 1 }) },
    { what: 'a checkpoint of nothing', code, ask: put({ seq: 0 }) },
    { what: 'a checkpoint without a hash', code, ask: put({ stateHash: 'none' }) },
  ]
}
