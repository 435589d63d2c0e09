import test from 'ava'
import fc from 'fast-check'
import type { MemberRecord } from './member-record.ts'
import type { MemberState } from './member-state.ts'
import { MemberTable } from './member-table.ts'
import { pickMembers } from './pick-members.ts'

function recordOf(id: string, status: MemberRecord['status']): MemberRecord {
  const common = { epoch: 0, incarnation: 0, accusers: [], address: `${id}:1`, joined: true, sinceMs: 0 }
  return { id, status, ...common }
}

/** Members `m0` and on, the first of which picks, with a chance that says these fractions over and over. */
function stateOf(
  statuses: readonly MemberRecord['status'][],
  fractions: readonly number[],
): Pick<MemberState, 'table' | 'random' | 'self'> {
  const table = new MemberTable()
  for (const [index, status] of statuses.entries()) table.set(recordOf(`m${index}`, status))
  let drawn = 0
  const random = { fraction: () => fractions[drawn++ % fractions.length] ?? 0 }
  return { table, random, self: { id: 'm0' } as MemberState['self'] }
}

const isAlive = ({ status }: MemberRecord): boolean => status === 'alive'

test('whom luck never draws is picked all the same', t => {
  const state = stateOf(['alive', 'alive', 'dead', 'alive', 'left', 'alive'], [0.2])
  t.deepEqual(
    pickMembers(state, 3, isAlive)
      .map(({ id }) => id)
      .toSorted(),
    ['m1', 'm3', 'm5'],
  )
})

test('as many different ones as there are, up to the count, and never oneself or who is not wanted', t => {
  const status = fc.constantFrom('alive' as const, 'dead' as const, 'left' as const)
  const fraction = fc.double({ min: 0, max: 0.999, noNaN: true })
  const shape = [
    fc.array(status, { minLength: 1, maxLength: 12 }),
    fc.array(fraction, { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 0, max: 5 }),
  ] as const
  fc.assert(
    fc.property(...shape, (statuses, fractions, count) => {
      const picked = pickMembers(stateOf(statuses, fractions), count, isAlive)
      const wanted = statuses.slice(1).filter(one => one === 'alive').length
      t.is(picked.length, Math.min(count, wanted))
      t.is(new Set(picked.map(({ id }) => id)).size, picked.length)
      t.true(picked.every(record => isAlive(record) && record.id !== 'm0'))
    }),
  )
})
