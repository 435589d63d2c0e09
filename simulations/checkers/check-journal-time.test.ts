import test from 'ava'
import { checkJournalTime } from './check-journal-time.ts'
import type { ReadRecord } from './evidence.ts'
import { evidenceOf, journalOf } from './evidence.test.kit.ts'

const life = (fromMs: number) => ({
  name: 'central',
  machine: 'central',
  fromMs,
  toMs: undefined,
  end: undefined,
})

/** Records of lives that begin when the machine's clock shows 0 and 100 s; the journal of the kit ticks by seconds. */
function judge(...clocks: readonly (readonly [begun: number, monotonicMs: number])[]): number {
  const lives = new Map(clocks.map(([begun]) => [begun, { ...life(begun), stands: [] }]))
  const records = journalOf(...clocks.map(() => [[], []] as const)).map((read, index): ReadRecord => {
    const [begun = 0, monotonicMs = 0] = clocks[index] ?? []
    const own = lives.get(begun)
    return own === undefined ? read : { ...read, drafted: { life: own, monotonicMs, lifeMonotonicMs: begun } }
  })
  return checkJournalTime(evidenceOf({ records })).length
}

test('journal time passes as the clock of the central that leads does', t => {
  t.is(judge([0, 1_000], [0, 2_000], [0, 3_001]), 0)
  t.is(judge([0, 1_000], [0, 2_000], [100_000, 101_500], [100_000, 102_500]), 0)
})

test('it neither stands still, nor jumps, nor starts ahead of what was seen', t => {
  t.is(judge([0, 1_000], [0, 2_500]), 1)
  t.is(judge([0, 1_000], [0, 1_500]), 1)
  t.is(judge([0, 1_000], [100_000, 100_500]), 1)
})
