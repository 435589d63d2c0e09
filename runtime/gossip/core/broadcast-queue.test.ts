import test from 'ava'
import fc from 'fast-check'
import { BroadcastQueue } from './broadcast-queue.ts'
import { updateSizeBytes } from './message-size.ts'
import type { RecordState, Update } from './messages.ts'

const LARGE = 10_000

function update(state: RecordState, id: string, incarnation = 0): Update {
  return { state, id, epoch: 1, incarnation }
}

test('graver news goes first, then what was sent least', t => {
  const queue = new BroadcastQueue()
  for (const [state, id] of [
    ['alive', 'a'],
    ['suspect', 'b'],
    ['dead', 'c'],
    ['left', 'd'],
  ] as const)
    queue.put(update(state, id))
  const room = updateSizeBytes(update('dead', 'c')) + updateSizeBytes(update('left', 'd'))
  t.deepEqual(
    queue.take(room, 4).map(({ id }) => id),
    ['c', 'd'],
  )
  t.deepEqual(
    queue
      .take(LARGE, 1)
      .map(({ id }) => id)
      .slice(0, 2),
    ['b', 'a'],
  )
})

test('news takes the place of what it supersedes and starts anew', t => {
  const queue = new BroadcastQueue()
  queue.put(update('suspect', 'a', 0))
  queue.take(LARGE, 3)
  queue.put(update('alive', 'a', 1))
  t.is(queue.size, 1)
  t.true(queue.hasUnsent)
  t.deepEqual(queue.take(LARGE, 3), [update('alive', 'a', 1)])
  t.false(queue.hasUnsent)
})

test('nothing is sent more often than the limit, and everything that often', t => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{4}$/), { minLength: 1, maxLength: 60 })
  t.notThrows(() =>
    fc.assert(
      fc.property(
        ids,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 40, max: 400 }),
        (ids, limit, room) => {
          const queue = new BroadcastQueue()
          const sent = new Map<string, number>()
          for (const id of ids) queue.put(update('alive', id))
          for (let round = 0; round <= ids.length * limit && queue.size > 0; round++) {
            const taken = queue.take(room, limit)
            if (taken.reduce((sum, each) => sum + updateSizeBytes(each), 0) > room) return false
            for (const { id } of taken) sent.set(id, (sent.get(id) ?? 0) + 1)
          }
          return queue.size === 0 && !queue.hasUnsent && ids.every(id => sent.get(id) === limit)
        },
      ),
    ),
  )
})
