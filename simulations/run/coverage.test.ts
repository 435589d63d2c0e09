import test from 'ava'
import { FAULT_KINDS } from '../faults/fault.ts'
import { DEED_KINDS } from '../workload/deed.ts'
import { Coverage } from './coverage.ts'

const none = { commits: 1, records: 2, struck: new Map(), done: new Map() }

test('a sweep in which everything happened at least once misses nothing, and says how often', t => {
  const coverage = new Coverage()
  const struck = new Map(FAULT_KINDS.map(kind => [kind, 1]))
  const done = new Map(DEED_KINDS.map(kind => [kind, { done: 1, refused: 2 }]))
  coverage.add({ ...none, struck })
  coverage.add({ ...none, done })
  t.deepEqual(coverage.missing, [])
  t.regex(coverage.text(), /^2 runs, 4 records, 2 commits\n.*crash 1.*\n.*change 1\/2/)
})

test('what was refused each time, or never struck, is missing', t => {
  const coverage = new Coverage()
  coverage.add({ ...none, done: new Map([['change', { done: 0, refused: 9 }]]) })
  t.is(coverage.missing.length, FAULT_KINDS.length + DEED_KINDS.length)
})
