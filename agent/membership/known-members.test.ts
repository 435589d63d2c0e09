import test from 'ava'
import * as fc from 'fast-check'
import { SEEDS_MAX } from '../../runtime/gossip/core/join.ts'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { MEMBERS_KEPT_MAX, membersToKeep, seedsToAsk } from './known-members.ts'

const address = fc.integer({ min: 1, max: 80 }).map(n => `10.0.0.${n}:7602`)
const addresses = fc.uniqueArray(address, { maxLength: 80 })

test('whom it keeps are members it knew, within the bound, and a living one is never given up for a dead one', t => {
  fc.assert(
    fc.property(addresses, addresses, fc.string(), (former, living, seed) => {
      const kept = membersToKeep(former.slice(0, MEMBERS_KEPT_MAX), living, new SeededRandom(seed))
      t.true(kept.length <= MEMBERS_KEPT_MAX)
      t.is(new Set(kept).size, kept.length)
      for (const one of kept) t.true(former.includes(one) || living.includes(one))
      const givenUp = living.filter(one => !kept.includes(one))
      if (givenUp.length > 0) t.true(kept.every(one => living.includes(one)))
    }),
  )
})

test('kept members that live stay kept: an unchanging cluster writes nothing', t => {
  fc.assert(
    fc.property(addresses, fc.string(), (living, seed) => {
      const random = new SeededRandom(seed)
      const kept = membersToKeep([], living, random)
      t.deepEqual(new Set(membersToKeep(kept, living, random)), new Set(kept))
    }),
  )
})

test('seeds are few, begin with what central named first, and hold nothing that cannot be asked', t => {
  const invited = ['10.0.0.1:7602', 'not an address', '10.0.0.2:0', 'konor.example:7602']
  const known = Array.from({ length: 32 }, (_, n) => `10.0.1.${n}:7602`)
  const seeds = seedsToAsk(invited, known, new SeededRandom('seeds'))
  t.is(seeds.length, SEEDS_MAX)
  t.is(seeds[0], '10.0.0.1:7602')
  t.true(seeds.slice(1).every(one => known.includes(one)))
  const other = seedsToAsk(invited, known, new SeededRandom('other'))
  t.notDeepEqual(new Set(other), new Set(seeds), 'others are asked the next time')
  t.deepEqual(seedsToAsk([], [], new SeededRandom('none')), [])
})
