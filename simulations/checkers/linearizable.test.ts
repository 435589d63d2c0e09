import test from 'ava'
import fc from 'fast-check'
import { isLinearizable, type Operation, type RegisterValue } from './linearizable.ts'

const read = (startedAt: number, endedAt: number, value: RegisterValue): Operation => ({
  startedAt,
  endedAt,
  did: { kind: 'read', value },
})
const write = (startedAt: number, endedAt: number, value: RegisterValue): Operation => ({
  startedAt,
  endedAt,
  did: { kind: 'write', value },
})
const swap = (
  startedAt: number,
  endedAt: number,
  expected: RegisterValue,
  value: RegisterValue,
  isDone: boolean | undefined,
): Operation => ({ startedAt, endedAt, did: { kind: 'swap', expected, value, isDone } })

test('writes at the same time may be read in either order, by readers who agree', t => {
  t.true(isLinearizable([write(1, 6, 'a'), write(2, 5, 'b'), read(3, 4, 'b'), read(7, 8, 'a')]))
  t.true(isLinearizable([write(1, 6, 'a'), write(2, 5, 'b'), read(7, 8, 'b'), read(9, 10, 'b')]))
})

test('a read of what was overwritten before it began is rejected', t => {
  t.false(isLinearizable([write(1, 2, 'a'), write(3, 4, 'b'), read(5, 6, 'a')]))
  t.false(isLinearizable([write(1, 2, 'a'), read(3, 4, null)]))
})

test('readers who disagree on the order of two writes are rejected', t => {
  const writes = [write(1, 4, 'a'), write(2, 3, 'b')]
  t.false(isLinearizable([...writes, read(5, 6, 'a'), read(7, 8, 'b')]))
})

test('of two swaps of one value one is done; both is a lost update', t => {
  t.true(isLinearizable([swap(1, 4, null, 'a', true), swap(2, 3, null, 'b', false), read(5, 6, 'a')]))
  t.false(isLinearizable([swap(1, 4, null, 'a', true), swap(2, 3, null, 'b', true)]))
  t.false(isLinearizable([swap(1, 2, null, 'a', false)]))
})

test('what nobody answered may have happened late or never, but not twice', t => {
  const open = swap(1, Infinity, null, 'a', undefined)
  t.true(isLinearizable([open, read(2, 3, null), read(4, 5, 'a')]))
  t.true(isLinearizable([open, read(2, 3, null), write(4, 5, 'b'), read(6, 7, 'b')]))
  t.false(isLinearizable([open, read(2, 3, 'a'), read(4, 5, null)]))
})

test('whatever a register really did is accepted, however long the calls took', t => {
  const steps = fc.array(
    fc.record({ kind: fc.constantFrom('read', 'write', 'swap'), value: fc.nat(3), lag: fc.nat(3) }),
    { maxLength: 12 },
  )
  t.notThrows(() =>
    fc.assert(
      fc.property(steps, calls => {
        let held: RegisterValue = null
        const operations = calls.map(({ kind, value, lag }, index): Operation => {
          const [startedAt, endedAt] = [index * 10 - lag * 10 - 1, index * 10 + lag * 10 + 1]
          if (kind === 'read') return read(startedAt, endedAt, held)
          if (kind === 'write') return write(startedAt, endedAt, (held = value))
          const isDone = held === value
          if (isDone) held = value + 1
          return swap(startedAt, endedAt, value, value + 1, isDone)
        })
        return isLinearizable(operations)
      }),
    ),
  )
})
