import test from 'ava'
import fc from 'fast-check'
import { Suspicion } from './suspicion.ts'

const options = { startedAtMs: 1_000, minMs: 3_000, maxMs: 18_000, confirmationsWanted: 2 }

test('each accuser counts once and brings the deadline down on the curve', t => {
  const suspicion = new Suspicion(options)
  t.true(suspicion.accuse('a'))
  t.is(suspicion.deadlineMs, 19_000)
  t.false(suspicion.accuse('a'))
  t.is(suspicion.deadlineMs, 19_000)
  t.true(suspicion.accuse('b'))
  t.is(Math.round(suspicion.timeoutMs), Math.round(18_000 - (Math.log(2) / Math.log(3)) * 15_000))
  t.true(suspicion.accuse('c'))
  t.is(suspicion.deadlineMs, 4_000)
  t.false(suspicion.accuse('d'))
})

test('where nobody can confirm it is short from the start', t => {
  const suspicion = new Suspicion({ ...options, confirmationsWanted: 0 })
  suspicion.accuse('a')
  t.is(suspicion.timeoutMs, 3_000)
})

test('time that we stood still does not count, but only from its start on', t => {
  const suspicion = new Suspicion(options)
  suspicion.accuse('a')
  suspicion.shift(500, 3_000)
  t.is(suspicion.deadlineMs, 19_500)
  const young = new Suspicion({ ...options, startedAtMs: 2_900 })
  young.accuse('a')
  young.shift(5_000, 3_000)
  t.is(young.deadlineMs, 2_900 + 18_000 + 100)
})

test('it is never shorter than the shortest nor longer than the longest, in any order of accusers', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e')), fc.nat(4), (accusers, wanted) => {
        const suspicion = new Suspicion({ ...options, confirmationsWanted: wanted })
        let beforeMs = Infinity
        for (const accuser of accusers) {
          suspicion.accuse(accuser)
          const { timeoutMs } = suspicion
          if (timeoutMs > beforeMs || timeoutMs < options.minMs || timeoutMs > options.maxMs) return false
          beforeMs = timeoutMs
        }
        return true
      }),
    ),
  )
})
