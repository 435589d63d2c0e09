import test from 'ava'
import { journalConformance } from '../../../runtime/journal/conformance.ts'
import { readAll, sampleDraft } from '../../../runtime/journal/sample-records.test.kit.ts'
import { Machine } from '../machine.ts'
import { Network } from '../network.ts'
import { Program } from '../program.ts'
import { JournalStore } from '../simulated-journal.ts'
import { World } from '../world.ts'
import { openSimulatedStreamJournal } from './open-stream-journal.ts'
import { SimulatedLog } from './simulated-log.ts'

/** A log service, what it wrote down, and programs that use it. */
function createScene() {
  const world = new World('log service')
  const network = new Network(world)
  const machine = (name: string): Machine => {
    const made = new Machine(world, name)
    network.add(made)
    return made
  }
  const store = new JournalStore(world.random('store'))
  const service = new SimulatedLog(network, machine('log'), store)
  const programs = ['a', 'b'].map(name => new Program(machine(name), name, 1))
  const [a, b] = programs
  if (a === undefined || b === undefined) throw new Error('two programs were made')
  return { world, service, store, a, b }
}

journalConformance(test, async t => {
  const { world, service, a } = createScene()
  // A replica that lags may not show what was acknowledged just before it is opened again, and that is no
  // fault.
  service.conditions.lagMs = 0
  // Whoever tests waits outside of the world: somebody has to let time pass there.
  let isOver = false
  t.teardown(() => (isOver = true))
  const pass = (): void =>
    void world.run(1_000).then(() => {
      if (!isOver) setImmediate(pass)
    })
  pass()
  const open = () => openSimulatedStreamJournal(service, a)
  return { journal: open(), reopen: async () => open() }
})

test('of two writers one is refused, and both read the same', async t => {
  const { world, service, store, a, b } = createScene()
  const journals = [openSimulatedStreamJournal(service, a), openSimulatedStreamJournal(service, b)]
  const trying = Promise.allSettled(
    journals.map((journal, index) =>
      journal.append({ expectedSeq: 0, records: [sampleDraft(index)], blobs: [] }),
    ),
  )
  await world.run(60_000)
  const outcomes = (await trying).map(({ status }) => status)
  t.deepEqual(outcomes.toSorted(), ['fulfilled', 'rejected'])
  const reading = Promise.all(journals.map(journal => readAll(journal)))
  await world.run(1_000)
  const [one, other] = await reading
  t.deepEqual(one, other)
  t.deepEqual(one, store.disk.records)
})
