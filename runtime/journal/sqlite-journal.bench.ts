import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { sampleDraft } from './sample-records.test.kit.ts'
import { SqliteJournal } from './sqlite-journal.ts'

/** One figure: calls a second over the whole run, and the time of a call. */
export interface JournalFigure {
  readonly name: string
  readonly callsPerSecond: number
  readonly recordsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const PAYLOAD_BYTES = 700
const OUTPUT_BYTES = 200
const CALLS = 2_000
const BATCH = 64

/**
 * Appends of 1 record and of 64 records a call, one call after another, beside the floor of the same file
 * system: a bare write and fdatasync of as many bytes, to a file that grows and to one that is there already.
 * Then a read of all with verification. `directory` is where the files go.
 */
export async function benchSqliteJournal(directory: string): Promise<JournalFigure[]> {
  const recordBytes = PAYLOAD_BYTES + OUTPUT_BYTES
  return [
    await bareWrites(join(directory, 'grows'), 'write + fdatasync, file grows', recordBytes, false),
    await bareWrites(join(directory, 'there'), 'write + fdatasync, file is there', recordBytes, true),
    await appends(join(directory, 'one'), 1),
    ...(await appendsAndRead(join(directory, 'many'))),
    await bareWrites(
      join(directory, 'large'),
      `write + fdatasync of ${BATCH} records`,
      recordBytes * BATCH,
      false,
    ),
  ]
}

async function bareWrites(
  file: string,
  name: string,
  sizeBytes: number,
  isThere: boolean,
): Promise<JournalFigure> {
  const handle = await open(file, 'w')
  const bytes = Buffer.alloc(sizeBytes, 7)
  try {
    if (isThere) await handle.write(Buffer.alloc(sizeBytes * CALLS), 0, sizeBytes * CALLS, 0)
    await handle.sync()
    return await measured(name, CALLS, 1, async call => {
      await handle.write(bytes, 0, sizeBytes, call * sizeBytes)
      await handle.datasync()
    })
  } finally {
    await handle.close()
  }
}

async function appends(dataDir: string, batch: number): Promise<JournalFigure> {
  const journal = await SqliteJournal.open(dataDir)
  try {
    return await appendCalls(journal, batch)
  } finally {
    await journal.close()
  }
}

async function appendsAndRead(dataDir: string): Promise<JournalFigure[]> {
  const journal = await SqliteJournal.open(dataDir)
  try {
    const appended = await appendCalls(journal, BATCH)
    const { seq } = await journal.head()
    const read = await measured('read and verify all', 1, seq, async () => {
      for await (const record of journal.read(1)) void record
    })
    return [appended, read]
  } finally {
    await journal.close()
  }
}

async function appendCalls(journal: SqliteJournal, batch: number): Promise<JournalFigure> {
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(1)
  const outputs = new Uint8Array(OUTPUT_BYTES).fill(2)
  let expectedSeq = 0
  return measured(`append of ${batch}`, batch === 1 ? CALLS : CALLS / 4, batch, async () => {
    const records = Array.from({ length: batch }, (_, index) =>
      sampleDraft(expectedSeq + 1 + index, { payload, outputs }),
    )
    const head = await journal.append({ expectedSeq, records, blobs: [] })
    expectedSeq = head.seq
  })
}

async function measured(
  name: string,
  calls: number,
  recordsPerCall: number,
  run: (call: number) => Promise<void>,
): Promise<JournalFigure> {
  const timesMs: number[] = []
  const startMs = performance.now()
  for (let call = 0; call < calls; call++) {
    const beforeMs = performance.now()
    await run(call)
    timesMs.push(performance.now() - beforeMs)
  }
  const seconds = (performance.now() - startMs) / 1_000
  timesMs.sort((a, b) => a - b)
  const at = (fraction: number): number => timesMs[Math.min(calls - 1, Math.floor(calls * fraction))] ?? 0
  return {
    name,
    callsPerSecond: calls / seconds,
    recordsPerSecond: (calls * recordsPerCall) / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = await mkdtemp(join(tmpdir(), 'konor-bench-'))
  try {
    console.table(await benchSqliteJournal(directory))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
