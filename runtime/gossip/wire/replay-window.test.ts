import test from 'ava'
import fc from 'fast-check'
import { ReplayWindow } from './replay-window.ts'
import { REPLAY_WINDOW_PACKETS } from './wire-limits.ts'

test('it takes what a plain set of all counters would take', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.array(fc.oneof(fc.integer({ min: -1_100, max: 1_100 }), fc.integer({ min: -5, max: 5 })), {
          maxLength: 200,
        }),
        (floor, leaps) => {
          const window = new ReplayWindow(floor)
          const taken = new Set<number>()
          let newest = floor
          for (const leap of leaps) {
            const counter = Math.max(0, newest + leap)
            const fresh = counter > floor && counter > newest - REPLAY_WINDOW_PACKETS && !taken.has(counter)
            if (window.admits(counter) !== fresh || window.take(counter) !== fresh) return false
            if (fresh) taken.add(counter)
            newest = Math.max(newest, fresh ? counter : newest)
            if (window.newest !== newest) return false
          }
          return true
        },
      ),
      { numRuns: 500 },
    ),
  )
})
