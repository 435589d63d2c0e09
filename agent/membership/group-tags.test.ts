import test from 'ava'
import * as fc from 'fast-check'
import { groupTagsOf, mayBelongTo } from './group-tags.ts'

const keys = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 12 })
const named = (list: readonly Uint8Array[]) => list.map((key, index) => ({ group: `g${index}`, key }))

test('a member is found by the key of each of its groups, whatever their order', t => {
  fc.assert(
    fc.property(keys, list => {
      const tags = groupTagsOf(named(list))
      t.is(tags.length, 32)
      t.is(groupTagsOf(named(list.toReversed())), tags)
      for (const key of list) t.true(mayBelongTo(key)(tags))
    }),
  )
})

test('a filter of one group has two bits, which its key alone tells', t => {
  // HMAC-SHA256 of the label under 32 bytes of 7, by another implementation (Python's hmac): it begins 6a54.
  const tags = groupTagsOf([{ group: 'web', key: new Uint8Array(32).fill(7) }])
  t.is(tags, '00000000000000000000100000040000')
  t.false(mayBelongTo(new Uint8Array(32).fill(8))(tags))
})

test('no tags, or what is none, is nobody', t => {
  const key = new Uint8Array(32).fill(7)
  t.false(mayBelongTo(key)(undefined))
  t.false(mayBelongTo(key)('ff'))
  t.false(mayBelongTo(key)(groupTagsOf([])))
  t.true(mayBelongTo(key)('ff'.repeat(16)))
})
