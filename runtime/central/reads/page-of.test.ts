import test from 'ava'
import * as fc from 'fast-check'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { numberKey, pageOf } from './page-of.ts'

const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 40 })

function source(items: readonly string[], newestFirst: boolean) {
  const sorted = items.toSorted((a, b) => (a < b ? -1 : 1))
  return { items: newestFirst ? sorted.toReversed() : sorted, newestFirst, keyOf: same, view: same }
}

const same = (text: string): string => text

test('what is there all the time is given exactly once, whatever comes and goes between the pages', t => {
  fc.assert(
    fc.property(
      keys,
      keys,
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (lasting, passing, limit, newest) => {
        const given: string[] = []
        let cursor: string | null = null
        let turn = 0
        do {
          const others: readonly string[] = passing.filter((_, index) => (index + turn) % 2 === 0)
          const items = [...new Set([...lasting, ...others])]
          const page: { items: readonly string[]; next: string | null } = pageOf(
            source(items, newest),
            cursor === null ? { limit } : { limit, cursor },
          )
          t.true(page.items.length <= limit)
          given.push(...page.items)
          cursor = page.next
          turn++
        } while (cursor !== null)
        const expected = source(lasting, newest).items
        t.deepEqual(
          given.filter(item => lasting.includes(item)),
          [...expected],
        )
      },
    ),
  )
})

test('a cursor that no list gave is refused', t => {
  for (const cursor of ['***', 'x'.repeat(5_000)]) {
    const thrown = t.throws(() => pageOf(source(['a'], false), { limit: 1, cursor }))
    t.true(isKonorError(thrown, 'KONOR_ENGINE_INVALID'))
  }
})

test('number keys sort as the numbers do', t => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      t.is(numberKey(a) < numberKey(b), a < b)
    }),
  )
})
