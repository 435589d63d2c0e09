import test from 'ava'
import fc from 'fast-check'
import { createChartRegistry } from '../kernel/chart-registry.ts'
import { Kernel } from '../kernel/kernel.ts'
import { decodeInputs, decodeOutputs } from '../kernel/record-codec.ts'
import { encodeState } from '../kernel/state-codec.ts'
import { charts } from './charts.ts'
import { TestEngine } from './engine.test.kit.ts'
import { checkEnd, checkRecord, type Memory } from './invariants.test.kit.ts'
import { routes } from './routes/routes.ts'
import { PRELUDE, Storyteller, story } from './story.test.kit.ts'

const RUNS = process.env['KONOR_TEST'] === 'full' ? 2_000 : 120

test('replay equals the live state byte for byte, from the start and from a checkpoint, and every promise holds', async t => {
  const seed = process.env['KONOR_SEED']
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(
        story,
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (batches, busy, middle) => {
          const engine = await TestEngine.start()
          const teller = new Storyteller(engine)
          await teller.tell(busy ? [...PRELUDE, ...batches] : batches)
          await teller.heal()
          await engine.stop()
          checkEnd(engine.kernel.state)
          await replayed(engine, middle)
        },
      ),
      { numRuns: RUNS, includeErrorInReport: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    ),
  )
})

/** Folds the journal again, record by record, and once more from a checkpoint somewhere in it. */
async function replayed(engine: TestEngine, middle: number): Promise<void> {
  const live = encodeState(engine.kernel.state)
  const again = new Kernel(createChartRegistry(charts), routes)
  const fromCheckpoint = new Kernel(createChartRegistry(charts), routes)
  const checkpointSeq = Math.ceil(middle * engine.kernel.position.seq)
  const memory: Memory = new Map()
  for await (const record of engine.journal.read(1)) {
    // Every output must come out as it was recorded, or this throws.
    again.replay(record)
    checkRecord(again.state, decodeOutputs(record.outputs), decodeInputs(record.payload), memory)
    if (record.seq > checkpointSeq) fromCheckpoint.replay(record)
    if (record.seq === checkpointSeq) fromCheckpoint.restore(encodeState(again.state))
  }
  if (checkpointSeq === 0) for await (const record of engine.journal.read(1, 0)) fromCheckpoint.replay(record)
  equal(encodeState(again.state), live, 'replay from the start')
  equal(encodeState(fromCheckpoint.state), live, `replay from the checkpoint at ${checkpointSeq}`)
}

function equal(found: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(found, expected) !== 0) throw new Error(`${what} gave another state`)
}
