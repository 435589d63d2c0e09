import test from 'ava'
import type { EffectStep } from '../cluster/watched-steps.ts'
import { checkEffects } from './check-effects.ts'
import { evidenceOf, journalOf, type Said } from './evidence.test.kit.ts'

const life = (fromMs: number) => ({
  name: 'central',
  machine: 'central',
  fromMs,
  toMs: undefined,
  end: undefined,
  stands: [],
})
const [one, two] = [life(0), life(50_000)]
const step = (
  did: EffectStep['did'],
  result: EffectStep['result'],
  fromMs: number,
  of = one,
  kind = 'webhook',
): EffectStep => ({ key: 'k', kind, life: of, did, fromMs, toMs: fromMs + 10, result })
const judge = (...steps: EffectStep[]) => checkEffects(evidenceOf({ steps })).map(({ promise }) => promise)

test('what may have happened is looked at before it is done again', t => {
  const failed = step('perform', 'failed', 0)
  t.deepEqual(judge(failed, step('observe', 'absent', 100), step('perform', 'done', 110)), [])
  t.deepEqual(judge(failed, step('observe', 'there', 100)), [])
  t.deepEqual(judge(failed, step('observe', 'unknown', 100), step('observe', 'there', 200)), [])
  t.deepEqual(judge(failed, step('perform', 'done', 100)), [7])
  t.deepEqual(judge(failed, step('observe', 'unknown', 100), step('perform', 'done', 200)), [7])
  t.deepEqual(judge(failed, step('observe', 'there', 100), step('perform', 'done', 200)), [7])
})

test('so it is by the next life of a central', t => {
  const cut: EffectStep = { ...step('perform', 'under-way', 0), toMs: Infinity }
  const looks = step('observe', 'absent', 60_000, two)
  t.deepEqual(judge(cut, looks, step('perform', 'done', 60_010, two)), [])
  t.deepEqual(judge(cut, step('perform', 'done', 60_000, two)), [7])
})

test('a pure step may be done again without a look, but one at a time', t => {
  const compiles = (fromMs: number) => step('perform', 'done', fromMs, one, 'compile')
  t.deepEqual(judge(compiles(0), compiles(100)), [])
  t.deepEqual(judge(compiles(0), compiles(5)), [7])
})

test('attempts are bounded and far between', t => {
  const tries = (times: number, everyMs: number) =>
    judge(
      ...Array.from({ length: times }, (_, at) => step('perform', 'failed', at * everyMs, one, 'compile')),
    )
  t.deepEqual(tries(12, 200), [])
  t.deepEqual(tries(13, 200), [7])
  t.deepEqual(tries(8, 11), [7])
})

test('delivered is what somebody took, and each time the same', t => {
  const records = journalOf([[['effect', { key: 'k', event: { type: 'DELIVERED' } }] as Said], []])
  const told = (...steps: EffectStep[]) => checkEffects(evidenceOf({ records, steps })).length
  t.is(told(step('perform', 'done', 0)), 0)
  t.is(told(step('perform', 'failed', 0)), 1)
  const alert = { id: 'flapping/node/n1', occurrence: 7 }
  const bodyOf = (word: string) => JSON.stringify({ event: 'alert.raised', alert, word })
  const tried = { ...step('perform', 'done', 0), key: 'webhook/flapping/node/n1/7.0/alert.raised/t' }
  const comes = (...all: (readonly [delivery: string, word: string])[]) => {
    const received = all.map(([delivery, word]) => ({ atMs: 0, delivery, body: bodyOf(word) }))
    return checkEffects(evidenceOf({ received, steps: [tried] })).length
  }
  t.is(comes(['d', 'x'], ['d', 'x']), 0)
  t.is(comes(['d', 'x'], ['d', 'y']), 1)
  t.is(comes(['d', 'x'], ['e', 'x']), 1)
})

test('what a restore forgot may be done again without a look; what the backup knew may not', t => {
  const restores = [{ atMs: 55_000, keptMs: 20_000, keptSeq: 3, lost: [] }]
  const again = (firstMs: number) => {
    const steps = [step('perform', 'done', firstMs), step('perform', 'done', 60_000, two)]
    return checkEffects(evidenceOf({ steps, restores })).map(({ promise }) => promise)
  }
  t.deepEqual(again(30_000), [])
  t.deepEqual(again(10_000), [7])
})
