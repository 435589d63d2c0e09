import test from 'ava'
import { serveGroups } from '../socket/testing/serve-groups.ts'
import { connectClient } from './connect.ts'

const CLIENTS = 10
const REVISIONS = 100
const KEYS = Array.from({ length: 1_000 }, (_, index) => `key-${index}`)

test('while revisions roll, no read sees a mix and nothing goes backward', async t => {
  const { path, groups } = await serveGroups(t)
  const roll = (n: number): number => groups.activate('g', Object.fromEntries(KEYS.map(key => [key, n])))
  roll(1)
  const connecting = Array.from({ length: CLIENTS }, (_, index) =>
    connectClient({ group: 'g', process: `reader-${index}`, socket: path, settleMs: 0 }),
  )
  const clients = await Promise.all(connecting)
  let rolling = true
  let reads = 0
  const reader = async (konor: (typeof clients)[number]): Promise<void> => {
    for (let held = 0; rolling;) {
      const { activation, values } = konor.snapshot
      // The same moment through both doors: the snapshot and the single reads.
      const seen = new Set(KEYS.flatMap(key => [values[key], konor.get(key, -1)]))
      if (seen.size !== 1 || !seen.has(activation)) t.fail(`a mix of ${[...seen].join()} at ${activation}`)
      if (activation < held) t.fail(`from ${held} back to ${activation}`)
      held = activation
      reads++
      await new Promise<void>(resolve => setImmediate(resolve))
    }
  }
  const reading = Promise.all(clients.map(reader))
  await groups.until(() => groups.acknowledgements('g').length === CLIENTS)
  for (let n = 2; n <= REVISIONS; n++) {
    const activation = roll(n)
    // Every second one waits for all, the others overtake each other.
    if (n % 2 === 0) await groups.until(() => countOf(activation) === CLIENTS)
  }
  await groups.until(() => countOf(REVISIONS) === CLIENTS)
  rolling = false
  await reading
  t.true(reads > REVISIONS)
  for (const konor of clients) {
    t.is(konor.get('key-999', 0), REVISIONS)
    await konor.close()
  }

  function countOf(activation: number): number {
    return groups.acknowledgements('g').filter(one => one.activation === activation).length
  }
})
