import { createMachine, raise } from 'xstate'
import test from 'ava'
import type { Address } from '../../actors/vocabulary/address.ts'
import { type Chart } from '../../actors/vocabulary/chart.ts'
import { defineChart } from '../../actors/vocabulary/define-chart.ts'
import { createMachineOf, storedOf } from './machine.ts'

// These tests pin what `machine.ts` relies on inside XState. When one fails after an upgrade, the step from chart to
// transition must be read again before anything else.

const at = { seq: 1, timeMs: 10, wallMs: 20 }
const self = 'thing/1' as Address

interface Seen {
  readonly seen: readonly string[]
}

function chart(config: Chart<Seen>['config'], more: Partial<Chart<Seen>> = {}) {
  return defineChart<Seen>({
    kind: 'thing',
    name: 'thing@1',
    config,
    initialContext: () => ({ seen: [] }),
    guards: { never: () => false },
    updates: {
      see: ({ seen }, event: { readonly type: string; readonly at: { readonly seq: number } }) => ({
        seen: [...seen, `${event.type}@${event.at.seq}`],
      }),
    },
    instructions: { say: ({ seen }) => ({ do: 'emit', event: 'said', data: { seen } }) },
    ...more,
  })
}

test('an event that is not taken gives the very same snapshot', t => {
  const machine = createMachineOf(
    chart({ initial: 'a', states: { a: { on: { NO: { guard: 'never', target: 'a' } } } } }),
  )
  const { snapshot } = machine.start(null, at, self)
  for (const type of ['UNKNOWN', 'NO']) {
    const step = machine.step(snapshot, { type }, at)
    t.false(step.handled)
    t.is(step.snapshot, snapshot)
    t.deepEqual(step.instructions, [])
  }
})

test('an event that only instructs is taken', t => {
  const machine = createMachineOf(chart({ initial: 'a', states: { a: { on: { SAY: { actions: 'say' } } } } }))
  const { snapshot } = machine.start(null, at, self)
  const step = machine.step(snapshot, { type: 'SAY' }, at)
  t.true(step.handled)
  t.deepEqual(step.instructions, [{ do: 'emit', event: 'said', data: { seen: [] } }])
})

test('at birth charts see SPAWNED with the stamp, later their event with the stamp', t => {
  const machine = createMachineOf(
    chart({ initial: 'a', states: { a: { entry: ['see', 'say'], on: { GO: 'b' } }, b: { entry: 'see' } } }),
  )
  const born = machine.start(null, at, self)
  t.deepEqual(born.instructions, [{ do: 'emit', event: 'said', data: { seen: ['SPAWNED@1'] } }])
  const gone = machine.step(born.snapshot, { type: 'GO' }, { ...at, seq: 2 })
  t.deepEqual(gone.snapshot.context, { seen: ['SPAWNED@1', 'GO@2'] })
})

test('instructions see the context as the updates before them left it', t => {
  const machine = createMachineOf(
    chart({ initial: 'a', states: { a: { on: { GO: { actions: ['say', 'see', 'say'] } } } } }),
  )
  const { snapshot } = machine.start(null, at, self)
  t.deepEqual(
    machine.step(snapshot, { type: 'GO' }, at).instructions.map(one => one.do === 'emit' && one.data['seen']),
    [[], ['GO@1']],
  )
})

test('an `after` starts a timer with a stable id and cancels it on exit; entering again cancels, then starts', t => {
  const machine = createMachineOf(
    chart(
      {
        initial: 'a',
        states: {
          a: { after: { soon: 'b' }, on: { GO: 'b', AGAIN: { target: 'a', reenter: true } } },
          b: {},
        },
      },
      { delays: { soon: () => 500 } },
    ),
  )
  const born = machine.start(null, at, self)
  const id = 'xstate.after.soon.thing@1.a'
  t.deepEqual(born.timers, [{ timer: 'start', id, delayMs: 500, event: { type: id } }])
  t.deepEqual(machine.step(born.snapshot, { type: 'GO' }, at).timers, [{ timer: 'cancel', id }])
  t.deepEqual(
    machine.step(born.snapshot, { type: 'AGAIN' }, at).timers.map(({ timer }) => timer),
    ['cancel', 'start'],
  )
  t.is(machine.step(born.snapshot, { type: id }, at).snapshot.value, 'b')
})

test('a snapshot that went through plain data goes on as the first would', t => {
  const machine = createMachineOf(
    chart({
      type: 'parallel',
      states: {
        left: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: { type: 'final' } } },
        right: {
          initial: 'c',
          states: { c: { on: { GO: { target: 'd', actions: 'see' } } }, d: { type: 'final' } },
        },
      },
    }),
  )
  const { snapshot } = machine.start(null, at, self)
  const restored = machine.restore(structuredClone(storedOf(snapshot)))
  const [one, other] = [snapshot, restored].map(from => machine.step(from, { type: 'GO' }, at).snapshot)
  t.deepEqual(one && storedOf(one), other && storedOf(other))
  t.is(other?.status, 'done')
  const ended = machine.restore({ ...storedOf(restored), done: true })
  t.false(machine.step(ended, { type: 'GO' }, at).handled, 'an ended actor hears nothing')
})

function saying(who: string): Chart<Seen>['config'] {
  const say = { type: 'say', params: { who } }
  return { initial: 'off', states: { off: { on: { GO: { target: 'on', actions: say } } }, on: {} } }
}

test('parallel regions act in the order of the chart, also when a stored value named them in another', t => {
  const machine = createMachineOf(
    chart(
      { type: 'parallel', states: { longer: saying('first'), short: saying('second') } },
      {
        instructions: {
          say: (_, __, { who }: { readonly who: string }) => ({ do: 'emit', event: who, data: {} }),
        },
      },
    ),
  )
  const said = (value: Readonly<Record<string, string>>): readonly unknown[] =>
    machine
      .step(machine.restore({ value, context: { seen: [] }, done: false }), { type: 'GO' }, at)
      .instructions.map(instruction => 'event' in instruction && instruction.event)
  t.deepEqual(said({ longer: 'off', short: 'off' }), ['first', 'second'])
  // Canonical CBOR puts shorter names first.
  t.deepEqual(said({ short: 'off', longer: 'off' }), ['first', 'second'])
})

test('a throw in one transition leaves nothing for the next', t => {
  const machine = createMachineOf(
    chart(
      { initial: 'a', states: { a: { on: { BAD: { actions: ['say', 'bad'] }, GOOD: { actions: 'say' } } } } },
      {
        instructions: {
          say: () => ({ do: 'reply', body: 1 }),
          bad: () => {
            throw new Error('bad')
          },
        },
      },
    ),
  )
  const { snapshot } = machine.start(null, at, self)
  t.throws(() => machine.step(snapshot, { type: 'BAD' }, at))
  t.is(machine.step(snapshot, { type: 'GOOD' }, at).instructions.length, 1)
  t.false(machine.step(snapshot, { type: 'UNKNOWN' }, at).handled)
})

test('a chart that names what it does not have is refused when it is compiled', t => {
  t.throws(() => createMachineOf(chart({ initial: 'a', states: { a: { entry: 'nothing' } } })), {
    message: /thing@1 names the unknown action nothing/,
  })
  t.throws(() => createMachineOf(chart({ initial: 'a', states: { a: { on: { GO: { guard: 'none' } } } } })), {
    message: /unknown guard none/,
  })
})

test('the scope: what is delayed or cancelled reaches `actionExecutor`, with these names and parameters', t => {
  const machine = createMachine({
    initial: 'a',
    states: {
      a: { after: { 10: 'b' }, entry: raise({ type: 'NOW' }), on: { NOW: { actions: () => {} } } },
      b: {},
    },
  })
  const executed: { readonly type: string; readonly params?: unknown }[] = []
  const scope = {
    self: {},
    system: { _sendInspectionEvent() {} },
    actionExecutor: (action: { type: string; params?: unknown }) => void executed.push(action),
  }
  const snapshot = machine.getInitialSnapshot(scope as never)
  t.is(snapshot.value, 'a')
  t.like(
    executed.find(
      ({ type, params }) => type === 'xstate.raise' && (params as { delay?: number }).delay !== undefined,
    ),
    {
      params: {
        id: 'xstate.after.10.(machine).a',
        delay: 10,
        event: { type: 'xstate.after.10.(machine).a' },
      },
    },
  )
  executed.length = 0
  machine.transition(snapshot, { type: 'xstate.after.10.(machine).a' } as never, scope as never)
  t.like(executed[0], { type: 'xstate.cancel', params: { sendId: 'xstate.after.10.(machine).a' } })
})
