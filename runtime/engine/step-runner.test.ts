import test from 'ava'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AppendRequest } from '../journal/journal.ts'
import { MemoryJournal } from '../journal/memory-journal.ts'
import { decodeInputs } from '../kernel/record-codec.ts'
import type { Effect } from '../kernel/kernel-state.ts'
import { noFaults } from '../ports/fault-points.ts'
import { silentLogger } from '../ports/logger.ts'
import { SeededRandom } from '../ports/seeded-random.ts'
import { VirtualClock } from '../ports/virtual-clock.ts'
import { declare, TestEngine } from './engine.test.kit.ts'
import type { Leader } from './leader.ts'
import { startStepRunner, type StepExecutor } from './step-runner.ts'

type Trouble = 'KONOR_JOURNAL_AMBIGUOUS' | 'KONOR_JOURNAL_FULL'

/** A journal that refuses the results of effects so many times. */
class TroubledJournal extends MemoryJournal {
  readonly #trouble: Trouble
  left: number

  constructor(trouble: Trouble, times: number) {
    super()
    this.#trouble = trouble
    this.left = times
  }

  override async append(request: AppendRequest) {
    const isResult = request.records.some(({ payload }) =>
      decodeInputs(payload).some(({ route }) => route === 'effect'),
    )
    if (!isResult || this.left === 0) return super.append(request)
    this.left--
    throw new KonorError(this.#trouble, 'as a disk in trouble says it')
  }
}

/** Two jobs of one group: the second waits for the first and is compiled by an effect. */
async function secondJob(
  journal: TroubledJournal,
): Promise<{ engine: TestEngine; passes: () => Promise<boolean> }> {
  const engine = await TestEngine.start(journal)
  await engine.apply(declare('one', 'eventual'))
  await engine.join('web', 'n1')
  await engine.applied('web', 1, 'n1')
  await engine.apply(declare('two', 'eventual'))
  await engine.apply(declare('three', 'eventual'))
  await engine.applied('web', 2, 'n1')
  const passes = async (): Promise<boolean> => {
    for (let turn = 0; turn < 400; turn++) {
      engine.clock.advanceBy(1_000)
      await new Promise(resolve => setImmediate(resolve))
      if (engine.leader.view.effects().size === 0 && journal.left === 0) return true
    }
    return false
  }
  return { engine, passes }
}

/** Found by `konor simulate --seed 16`. */
test('an effect whose result was not recorded, as an unclear append turned out, is tried again', async t => {
  const { engine, passes } = await secondJob(new TroubledJournal('KONOR_JOURNAL_AMBIGUOUS', 1))
  t.true(await passes())
  await engine.stop()
})

test('a journal that stays full for longer than the attempts last does not make an effect forgotten', async t => {
  const { engine, passes } = await secondJob(new TroubledJournal('KONOR_JOURNAL_FULL', 40))
  t.true(await passes())
  await engine.stop()
})

test('what an earlier leader may have done is looked at before it is done again', async t => {
  const effect = { key: 'k', kind: 'outside', data: null, from: 'job/1', sinceSeq: 1 } as unknown as Effect
  const did: string[] = []
  const outside: StepExecutor = {
    class: 'keyed-once',
    async observe() {
      did.push('observe')
      return () => ({ event: { type: 'DONE' } })
    },
    async perform() {
      did.push('perform')
      return () => ({ event: { type: 'DONE' } })
    },
    failed: () => ({ type: 'FAILED' }),
  }
  const parts = { clock: new VirtualClock(), random: new SeededRandom('steps'), logger: silentLogger }
  await new Promise<void>(resolve => {
    const leader = {
      view: { effects: () => new Map([['k', effect]]) },
      onFolded: () => () => {},
      submit: async () => resolve(),
    } as unknown as Leader
    startStepRunner({ ...parts, leader, executors: { outside }, faults: noFaults })
  })
  t.deepEqual(did, ['observe'])
})

test('a key is free again as soon as its effect is over, also when that took several attempts', async t => {
  const clock = new VirtualClock()
  const effects = new Map<string, Effect>()
  const owe = () =>
    effects.set('k', {
      key: 'k',
      kind: 'outside',
      data: null,
      from: 'job/1',
      sinceSeq: 1,
    } as unknown as Effect)
  let onFolded = (): void => {}
  const leader = {
    view: { effects: () => effects },
    onFolded(listener: () => void) {
      onFolded = listener
      return () => {}
    },
    async submit() {
      effects.delete('k')
    },
  } as unknown as Leader
  let [performed, isDown] = [0, true]
  const outside: StepExecutor = {
    class: 'keyed-once',
    async perform() {
      performed++
      if (isDown) throw new Error('nobody listens')
      return () => ({ event: { type: 'DONE' } })
    },
    failed: () => ({ type: 'FAILED' }),
  }
  const parts = { clock, random: new SeededRandom('keys'), logger: silentLogger, faults: noFaults }
  startStepRunner({ ...parts, leader, executors: { outside } })
  const settled = async (): Promise<boolean> => {
    onFolded()
    for (let turn = 0; turn < 20 && effects.size > 0; turn++) {
      await new Promise(resolve => setImmediate(resolve))
      isDown = false
      clock.advanceBy(1_000)
    }
    // What deletes the effect goes on for a few promises more.
    await new Promise(resolve => setImmediate(resolve))
    return effects.size === 0
  }
  owe()
  t.true(await settled())
  t.is(performed, 2)
  owe()
  t.true(await settled())
  t.is(performed, 3)
})
