import test from 'ava'
import fc from 'fast-check'
import { jobAddress } from '../../actors/vocabulary/addresses.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError, type KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { declare, SYSTEM, TestEngine } from '../engine/engine.test.kit.ts'
import { PRELUDE, Storyteller, story } from '../engine/story.test.kit.ts'
import type { JournalRecord } from '../journal/journal.ts'
import { MemoryDisk, MemoryJournal } from '../journal/memory-journal.ts'
import { chainRecords, GENESIS } from '../journal/record-hash.ts'
import { throwsCode } from '../journal/throws-code.test.kit.ts'
import { FOLD_VERSION } from '../kernel/fold-version.ts'
import { decodeInputs, decodeOutputs, encodeOutputs } from '../kernel/record-codec.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { ForkedDisk, ForkedJournal } from './forked-journal.ts'
import { openReplay, stateAt } from './open-replay.ts'

const RUNS = process.env['KONOR_TEST'] === 'full' ? 300 : 15

const share = fc.double({ min: 0.01, max: 1, noNaN: true })

/** Notes what the live kernel hashes to after each durable record. */
function watch(engine: TestEngine): Map<number, Digest> {
  const live = new Map<number, Digest>()
  engine.leader.onFolded(({ seq }) => {
    if (engine.kernel.position.seq === seq) live.set(seq, digestOfBytes(encodeState(engine.kernel.state)))
  })
  return live
}

/** Takes a checkpoint as a central does: the bytes beside the chain, their hash in it. */
async function checkpoint(engine: TestEngine): Promise<number> {
  const state = encodeState(engine.kernel.state)
  const { seq } = engine.kernel.position
  const stateHash = digestOfBytes(state)
  await engine.submit(SYSTEM, 'checkpoint', { seq, stateHash })
  await engine.journal.putCheckpoint({ seq, stateHash, state })
  return seq
}

test('wherever the live kernel stood in a random story, the replay has its state; from a checkpoint too', async t => {
  await fc.assert(
    fc.asyncProperty(story, fc.boolean(), share, async (batches, fromStart, middle) => {
      const engine = await TestEngine.start()
      const live = watch(engine)
      const teller = new Storyteller(engine)
      await teller.tell(PRELUDE)
      const checkpointSeq = await checkpoint(engine)
      await teller.tell(batches)
      await engine.stop()
      const { seq } = await engine.journal.head()
      const replay = await openReplay(engine.journal, 1)
      const middleSeq = Math.ceil(middle * seq)
      const inBetween = digestOfBytes(encodeState((await stateAt(engine.journal, middleSeq)).state))
      let compared = 0
      for await (const { record } of replay.steps(seq)) {
        const expected = [live.get(record.seq), record.seq === middleSeq ? inBetween : undefined]
        compared += expected[0] === undefined ? 0 : 1
        const hash = digestOfBytes(encodeState(replay.state))
        for (const one of expected)
          if (one !== undefined && one !== hash) throw new Error(`another state at ${record.seq}`)
      }
      // The live kernel takes the records of one append together: it never stood between them.
      t.is(compared, live.size)
      t.true(compared > 5)
      t.is(replay.checks.stateHashes, 1)
      const jump = await stateAt(engine.journal, seq, { fromStart })
      t.is(jump.checks.fromSeq, fromStart ? 0 : checkpointSeq)
      t.deepEqual(encodeState(jump.state), encodeState(engine.kernel.state))
    }),
    { numRuns: RUNS },
  )
})

test('a replay says where it can not go', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('a'))
  await engine.quiet()
  await engine.stop()
  const { seq } = await engine.journal.head()
  await throwsCode(t, 'KONOR_REPLAY_BEYOND_HEAD', openReplay(engine.journal, seq + 1))
  await throwsCode(t, 'KONOR_REPLAY_TOO_LONG', openReplay(engine.journal, seq, { recordsMax: seq - 1 }))
})

/** The journal of a short story, each record made anew by `change`, under a chain that holds. */
async function rechained(change: (record: JournalRecord) => Partial<JournalRecord>): Promise<MemoryJournal> {
  const engine = await TestEngine.start()
  await engine.apply(declare('a'))
  await engine.quiet()
  await engine.stop()
  const drafts: JournalRecord[] = []
  for await (const record of engine.journal.read(1)) drafts.push({ ...record, ...change(record) })
  const disk = new MemoryDisk()
  disk.records.push(...chainRecords(GENESIS, drafts))
  return new MemoryJournal({ disk })
}

async function thrownBy(work: Promise<unknown>): Promise<KonorError> {
  try {
    await work
  } catch (thrown) {
    if (isKonorError(thrown)) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

test('a record that was changed under a chain made anew is named, with what differs', async t => {
  const journal = await rechained(({ seq, outputs }) => {
    if (seq !== 3) return {}
    const [first, ...rest] = decodeOutputs(outputs)
    if (first === undefined) throw new Error('record 3 has no output')
    return { outputs: encodeOutputs([{ ...first, data: { ...first.data, actor: 'key/odmin' } }, ...rest]) }
  })
  const thrown = await thrownBy(stateAt(journal, (await journal.head()).seq))
  t.is(thrown.code, 'KONOR_KERNEL_DIVERGED')
  t.like(thrown.details, { seq: 3, output: 0, field: 'actor' })
  t.regex(thrown.message, /record 3, output 0: it recorded another actor of audit of/)
  t.is((await stateAt(journal, 2)).position.seq, 2)
})

test('records of a newer program, and bytes that are no inputs, are named', async t => {
  const newer = await rechained(({ seq, payload }) =>
    seq === 3
      ? { payload: encodeCanonical({ fold: FOLD_VERSION + 1, inputs: decodeInputs(payload) as never }) }
      : {},
  )
  const refused = await thrownBy(stateAt(newer, 3))
  t.is(refused.code, 'KONOR_KERNEL_FOLD_VERSION')
  t.is(refused.details['seq'], 3)
  const garbage = await rechained(({ seq }) => (seq === 3 ? { payload: Uint8Array.of(255) } : {}))
  const damaged = await thrownBy(stateAt(garbage, 3))
  t.is(damaged.code, 'KONOR_JOURNAL_CORRUPT')
  t.is(damaged.details['seq'], 3)
})

test('a flipped bit is found at its record; what is before it can be seen', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('a'))
  await engine.quiet()
  await engine.stop()
  const { disk } = engine.journal as MemoryJournal
  const payload = disk.records[2]?.payload
  if (payload === undefined) throw new Error('no record 3')
  payload[0] = (payload[0] ?? 0) ^ 1
  t.is((await stateAt(engine.journal, 2)).position.seq, 2)
  const thrown = await thrownBy(stateAt(engine.journal, 3))
  t.is(thrown.code, 'KONOR_JOURNAL_CORRUPT')
  t.is(thrown.details['seq'], 3)
})

test('a state that the journal names another hash for has diverged', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('a'))
  await engine.quiet()
  const { seq } = engine.kernel.position
  await engine.submit(SYSTEM, 'checkpoint', { seq, stateHash: 'f'.repeat(64) })
  await engine.stop()
  const thrown = await thrownBy(stateAt(engine.journal, seq))
  t.is(thrown.code, 'KONOR_KERNEL_DIVERGED')
  t.like(thrown.details, { seq, recorded: 'f'.repeat(64) })
})

test('a checkpoint that nothing vouches for is passed over', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('a'))
  await engine.quiet()
  const state = encodeState(engine.kernel.state)
  const { seq } = engine.kernel.position
  await engine.journal.putCheckpoint({ seq, stateHash: digestOfBytes(state), state })
  await engine.stop()
  t.is((await stateAt(engine.journal, seq)).checks.fromSeq, 0)
})

test('a journal continues from any point as another story, and the original stays what it was', async t => {
  const engine = await TestEngine.start()
  const first = await engine.apply(declare('a'))
  await engine.quiet()
  const { seq } = engine.kernel.position
  await engine.apply(declare('b'))
  await engine.quiet()
  await engine.stop()
  const head = await engine.journal.head()
  const again = await TestEngine.start(new ForkedJournal(await ForkedDisk.at(engine.journal, seq)), 'another')
  t.is(again.kernel.position.epoch, 2)
  t.truthy(again.leader.view.get(jobAddress(first)))
  t.is(again.group('web').committed?.revision, 1)
  await again.apply(declare('c'))
  await again.quiet()
  t.is(again.group('web').committed?.revision, 2)
  await again.stop()
  t.deepEqual(await engine.journal.head(), head)
})
