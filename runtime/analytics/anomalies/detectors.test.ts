import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { detectFlapping, FLAPPING, startFlapping } from './flapping.ts'
import { detectRising, resumeRising, RISING, RISING_START, type RisingState } from './rising-round-trip.ts'
import { detectSilent, SILENT, startSilent, type GroupSilence } from './silent-group.ts'
import { detectSkew, SKEW, startSkew } from './skewed-versions.ts'
import type { Detected, Verdict } from './verdict.ts'

/** What a detector said over a trace, as `raise@INDEX`. */
function told<State, Item>(
  start: State,
  trace: readonly Item[],
  step: (state: State, item: Item) => Detected<State>,
): { readonly said: string[]; readonly state: State } {
  let state = start
  const said: string[] = []
  for (const [index, item] of trace.entries()) {
    const detected = step(state, item)
    state = detected.state
    if (detected.verdict !== undefined) said.push(`${detected.verdict}@${index}`)
  }
  return { said, state }
}

const kinds = (said: readonly string[]): Verdict[] => said.map(one => one.split('@')[0] as Verdict)

const MINUTE = 60_000
/** Each entry: minutes since the start, and whether liveness changed then. */
const flapping = (trace: readonly (readonly [number, boolean])[], isRaised = false) =>
  told(startFlapping(0, isRaised), trace, (state, [minute, changed]) =>
    detectFlapping(FLAPPING, state, minute * MINUTE, changed),
  )
const minutes = (from: number, to: number): [number, boolean][] =>
  Array.from({ length: to - from }, (_, index) => [from + index, false])

test('a node that comes and goes three times in ten minutes flaps, once, until a window was calm', t => {
  const changes: [number, boolean][] = [1, 2, 3, 4, 5, 6, 7].map(minute => [minute, true])
  const { said } = flapping([...changes, ...minutes(8, 40)])
  t.deepEqual(said, ['raise@5', 'clear@15'])
})

test('changes that are far apart are no flapping, however many', t => {
  const changes = Array.from({ length: 60 }, (_, index): [number, boolean] => [index * 3, true])
  t.deepEqual(flapping(changes).said, [])
})

test('what flapped before a restart is over only after a calm window was seen', t => {
  t.deepEqual(flapping(minutes(1, 15), true).said, ['clear@9'])
})

const rising = (trace: readonly number[], start: RisingState = RISING_START) =>
  told(start, trace, (state, sampleMs) => detectRising(RISING, state, sampleMs))
const steady = (samples: number, meanMs: number, random = new SeededRandom('round-trip')): number[] =>
  Array.from({ length: samples }, () => meanMs * (0.8 + 0.4 * random.fraction()))

test('a round trip that triples and stays is rising, and over when it is back', t => {
  const { said } = rising([...steady(200, 10), ...steady(60, 30), ...steady(30, 10)])
  t.deepEqual(kinds(said), ['raise', 'clear'])
  t.is(said[0], 'raise@204', 'five of six samples make sure')
})

test('a round trip that creeps up over an hour is rising too', t => {
  const creep = Array.from({ length: 360 }, (_, index) => 10 + index / 4)
  t.deepEqual(kinds(rising([...steady(300, 10), ...creep]).said), ['raise'])
})

test('spikes, a day that comes and goes, and a few milliseconds on a fast network are not', t => {
  const spikes = steady(600, 10).map((ms, index) => (index % 20 < 2 ? ms * 50 : ms))
  const day = Array.from({ length: 8_640 }, (_, index) => 10 + 3 * Math.sin((index / 8_640) * 2 * Math.PI))
  const fast = [...steady(200, 0.2), ...steady(200, 2)]
  for (const trace of [spikes, day, fast]) t.deepEqual(rising(trace).said, [])
})

test('nothing is said of what was never seen otherwise', t => {
  t.deepEqual(
    rising(steady(RISING.samplesMin - 1, 10).map((ms, index) => (index > 15 ? ms * 9 : ms))).said,
    [],
  )
})

test('an alert of before a restart goes on from its baseline; a rise of a day becomes the norm', t => {
  t.deepEqual(kinds(rising(steady(10, 30), resumeRising(RISING, 10)).said), [])
  t.deepEqual(kinds(rising(steady(10, 10), resumeRising(RISING, 10)).said), ['clear'])
  t.deepEqual(kinds(rising(steady(RISING.acceptAfter + 100, 30), resumeRising(RISING, 10)).said), ['clear'])
})

const silent = (trace: readonly GroupSilence[]) =>
  told(startSilent(), trace, (state, look) => detectSilent(SILENT, state, look))
const looks = (count: number, silentCount: number): GroupSilence[] =>
  Array.from({ length: count }, () => ({ members: 8, silent: silentCount }))

test('half of a group silent in two looks is a silent group, until most are heard again', t => {
  const { said } = silent([...looks(3, 0), ...looks(4, 5), ...looks(4, 3), ...looks(4, 1)])
  t.deepEqual(said, ['raise@4', 'clear@12'])
})

test('single silent nodes, one bad look and an empty group are not', t => {
  const one = looks(1, 8)
  t.deepEqual(silent([...looks(10, 3), ...one, ...looks(5, 0), ...one, ...looks(5, 0)]).said, [])
  t.deepEqual(
    silent([
      { members: 0, silent: 0 },
      { members: 0, silent: 0 },
    ]).said,
    [],
  )
})

const skew = (trace: readonly (readonly [number, number])[]) =>
  told(startSkew(), trace, (state, [minute, versions]) => detectSkew(SKEW, state, minute * MINUTE, versions))

test('two versions for longer than an upgrade takes are skewed, until there is one again', t => {
  const mixed = minutes(5, 50).map(([minute]): [number, number] => [minute, 2])
  t.deepEqual(skew([[0, 1], ...mixed, [50, 1]]).said, ['raise@31', 'clear@46'])
})

test('an upgrade within its time is not, nor are two of them', t => {
  const upgrade = minutes(5, 30).map(([minute]): [number, number] => [minute, 2])
  const again = minutes(40, 65).map(([minute]): [number, number] => [minute, 3])
  t.deepEqual(skew([[0, 1], ...upgrade, [30, 1], ...again, [65, 1]]).said, [])
})

test('what never changes is never an anomaly', t => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.integer({ min: 1, max: 500 }),
      (ms, samples) => {
        t.deepEqual(rising(Array.from({ length: samples }, () => ms)).said, [])
      },
    ),
  )
})

test('raise and clear take turns, whatever comes', t => {
  const anything = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 400 })
  fc.assert(
    fc.property(anything, samples => {
      const said = kinds(rising(samples).said)
      t.true(said.every((verdict, index) => verdict === (index % 2 === 0 ? 'raise' : 'clear')))
    }),
  )
})
