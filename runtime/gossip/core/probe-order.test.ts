import test from 'ava'
import fc from 'fast-check'
import { SeededRandom } from '../../ports/seeded-random.ts'
import { Feistel } from './feistel.ts'
import { ProbeOrder } from './probe-order.ts'

test('the shuffle is a permutation, whatever the size and the tweak', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(50), fc.nat(), (size, tweak, seed) => {
        const shuffle = new Feistel(new SeededRandom(seed), size)
        const images = new Set(Array.from({ length: size }, (_, at) => shuffle.permute(at, tweak)))
        return images.size === size && Math.min(...images) === 0 && Math.max(...images) === size - 1
      }),
    ),
  )
})

test('every slot comes once in each pass, and again within 1.25 passes and a little', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (size, seed) => {
        const order = new ProbeOrder(new SeededRandom(seed))
        const lastAt = new Map<number, number>()
        for (let pass = 0; pass < 4; pass++) {
          const seen = new Set<number>()
          for (let at = 0; at < size; at++) {
            const slot = order.next(size)
            const now = pass * size + at
            if (now - (lastAt.get(slot) ?? now) > size + Math.ceil(size / 4)) return false
            lastAt.set(slot, now)
            seen.add(slot)
          }
          if (seen.size !== size) return false
        }
        return true
      }),
    ),
  )
})

test('a slot that appears during a pass still has its turn in it', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.nat(), fc.nat(99), (size, seed, when) => {
        const order = new ProbeOrder(new SeededRandom(seed))
        const walked = when % size
        for (let at = 0; at < walked; at++) order.next(size)
        if (walked === 0) return true
        order.insert(size)
        const rest = Array.from({ length: size - walked + 1 }, () => order.next(size + 1))
        return rest.filter(slot => slot === size).length === 1
      }),
    ),
  )
})

test('when a cluster starts, whoever was there first has its turns as often as the last who came', t => {
  const probers = Array.from({ length: 100 }, (_, seed) => new ProbeOrder(new SeededRandom(seed)))
  let slots = 1
  for (; slots < 200; slots += 10) {
    for (const prober of probers) {
      prober.next(slots)
      for (let slot = slots; slot < slots + 10; slot++) prober.insert(slot)
    }
  }
  const turns = new Map<number, number>()
  for (let period = 0; period < 50; period++) {
    const now = new Map<number, number>()
    for (const prober of probers) {
      const slot = prober.next(slots)
      turns.set(slot, (turns.get(slot) ?? 0) + 1)
      now.set(slot, (now.get(slot) ?? 0) + 1)
    }
    t.true(Math.max(...now.values()) < 10, 'members do not all turn to the same one at a time')
  }
  // 25 turns each on average.
  for (let slot = 0; slot < slots; slot++) t.true((turns.get(slot) ?? 0) > 5, `slot ${slot}`)
})
