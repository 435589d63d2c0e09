import test from 'ava'
import type { Address } from '../../actors/vocabulary/address.ts'
import { spawn, tell } from '../../actors/vocabulary/instruction.ts'
import { FOLD_VERSION, foldRulesOf } from './fold-version.ts'
import { encodeState } from './state-codec.ts'
import { TestKernel } from './kernel.test.kit.ts'

const A = 'tally/a' as Address
const B = 'tally/b' as Address
const C = 'tally/c' as Address

function world(...addresses: readonly Address[]): TestKernel {
  const kernel = new TestKernel()
  kernel.do(...addresses.map(address => spawn(address, 0)))
  return kernel
}

test('messages are delivered in the order they were sent, to quiescence, breadth first', t => {
  const kernel = world(A, B, C)
  kernel.do(
    tell(A, { type: 'RELAY', to: [C, B], say: 'from a' }),
    tell(B, { type: 'RELAY', to: [C], say: 'from b' }),
    tell(C, { type: 'HEAR', say: 'directly' }),
  )
  t.deepEqual(kernel.tally(C).heard, ['directly', 'from a', 'from b'])
  t.deepEqual(kernel.tally(B).heard, ['relayed', 'from a'])
})

test('outputs come in the order of the fold', t => {
  const kernel = world(A)
  const { outputs } = kernel.do(spawn(B, 5), tell(A, { type: 'ADD' }), tell(B, { type: 'ADD' }))
  t.deepEqual(
    outputs.map(({ type, address, data }) => [type, address, data]),
    [
      ['tally.born', B, { name: B }],
      ['tally.added', A, { count: 1 }],
      ['tally.added', B, { count: 6 }],
    ],
  )
})

test('a message loop faults its input, and nothing has changed', t => {
  const kernel = world(A)
  const before = encodeState(kernel.kernel.state)
  const draft = kernel.kernel.draft()
  const { reply, outputs } = kernel.foldOn(draft, 'do', [tell(A, { type: 'RUN' })])
  t.false(reply.ok)
  t.is(reply.ok ? '' : reply.refusal.code, 'KONOR_KERNEL_INPUT_FAULTED')
  t.deepEqual(outputs, [
    {
      type: 'input.faulted',
      address: 'kernel/fold' as Address,
      data: { route: 'do', actor: A, event: 'RUN', runaway: true },
    },
  ])
  t.deepEqual([...draft.changed()], [])
  kernel.kernel.commit(draft, kernel.kernel.position)
  t.deepEqual(encodeState(kernel.kernel.state), before)
})

for (let version = 1; version <= FOLD_VERSION; version++) {
  test(`the bound is on messages, not one less, as fold version ${version} had it`, t => {
    const { messagesMax } = foldRulesOf(version)
    const kernel = world(A)
    kernel.foldVersion = version
    const adds = (count: number) => Array.from({ length: count }, () => tell(A, { type: 'ADD' }))
    t.true(kernel.do(...adds(messagesMax)).reply.ok)
    t.is(kernel.tally(A).count, messagesMax)
    t.false(kernel.do(...adds(messagesMax + 1)).reply.ok)
    t.is(kernel.tally(A).count, messagesMax)
  })
}

test('the audit says what whoever asked was told, before all that came of it', t => {
  const kernel = world(A)
  const ask = (event: string) => kernel.fold('ask', [tell(A, { type: event, expectsReply: true })])
  const entryOf = ({ outputs: [first] }: ReturnType<typeof ask>) => {
    t.is(first?.type, 'audit')
    return first?.data
  }
  t.like(entryOf(ask('ADD')), { action: 'test.ask', outcome: 'accepted' })
  t.like(entryOf(ask('NOT KNOWN')), { outcome: 'refused', code: 'KONOR_ENGINE_NOT_POSSIBLE' })
  t.like(entryOf(ask('UPDATE')), { outcome: 'refused', code: 'KONOR_KERNEL_INPUT_FAULTED' })
  kernel.foldVersion = 1
  t.like(entryOf(ask('NOT KNOWN')), { outcome: 'accepted' }, 'as it was written then')
  t.is(ask('UPDATE').outputs[0]?.type, 'input.faulted', 'as it was written then')
})

for (const event of ['GUARD', 'UPDATE', 'INSTRUCT']) {
  test(`what throws in a chart harms one input only: ${event}`, t => {
    const kernel = world(A, B)
    const draft = kernel.kernel.draft()
    t.true(kernel.foldOn(draft, 'do', [tell(A, { type: 'ADD' })]).reply.ok)
    const faulted = kernel.foldOn(draft, 'do', [tell(B, { type: 'ADD' }), tell(A, { type: event })])
    t.false(faulted.reply.ok)
    t.like(faulted.outputs[0], { type: 'input.faulted', data: { actor: A, event, runaway: false } })
    t.is(faulted.outputs.length, 1, 'what the input had told the world before it threw is taken back')
    t.true(kernel.foldOn(draft, 'do', [tell(A, { type: 'ADD' })]).reply.ok)
    kernel.kernel.commit(draft, kernel.next())
    t.is(kernel.tally(A).count, 2)
    t.is(kernel.tally(B).count, 0)
  })
}

test('the text of what was thrown, which may differ between Node versions, enters neither reply nor outputs', t => {
  const kernel = world(A)
  t.notRegex(JSON.stringify(kernel.send(A, 'UPDATE')), /an update that throws/)
})

test('a route that throws or does not exist faults its input', t => {
  const kernel = world(A)
  t.like(kernel.fold('nowhere', {}).reply, { ok: false, refusal: { code: 'KONOR_KERNEL_INPUT_FAULTED' } })
})

test('a command that a state does not take is refused by naming the state', t => {
  const kernel = world(A)
  t.like(kernel.send(A, 'DANCE', { expectsReply: true }).reply, {
    ok: false,
    refusal: {
      code: 'KONOR_ENGINE_NOT_POSSIBLE',
      message: 'tally/a is open: dance is not possible there',
      details: { state: 'open' },
    },
  })
  kernel.send(A, 'CLOSE')
  t.like(kernel.send(A, 'ADD', { expectsReply: true }).reply, { refusal: { details: { state: 'ended' } } })
  t.like(kernel.send('tally/zz', 'ADD', { expectsReply: true }).reply, {
    refusal: { code: 'KONOR_ENGINE_NOT_FOUND' },
  })
})

test('a fact that nobody takes is no error', t => {
  const kernel = world(A)
  t.true(kernel.send(A, 'DANCE').reply.ok)
  t.true(kernel.send('tally/zz', 'ADD').reply.ok)
})

test('an event that is taken without doing anything is no answer to a command, and no change', t => {
  const kernel = world(A)
  t.like(kernel.send(A, 'IGNORE', { expectsReply: true }).reply, {
    refusal: { code: 'KONOR_ENGINE_NOT_POSSIBLE' },
  })
  t.is(kernel.record(A).changedSeq, 1)
})

test('the first reply holds', t => {
  const kernel = world(A, B)
  kernel.send(B, 'ADD')
  const { reply } = kernel.do(tell(A, { type: 'ANSWER' }), tell(B, { type: 'ANSWER' }))
  t.deepEqual(reply, { ok: true, body: 0 })
})

test('a child is an actor with its own address, at home at once', t => {
  const kernel = world(A)
  kernel.send(A, 'CHILD', { child: B })
  t.is(kernel.tally(B).count, 11)
})

test('a birth over a living actor faults, over an ended one it begins anew', t => {
  const kernel = world(A)
  t.false(kernel.do(spawn(A, 5)).reply.ok)
  t.is(kernel.tally(A).count, 0)
  kernel.send(A, 'CLOSE')
  t.true(kernel.do(spawn(A, 5)).reply.ok)
  t.is(kernel.tally(A).count, 5)
  t.deepEqual(kernel.kernel.state.ended('tally'), [])
})

test('ended actors stay readable, the oldest go first', t => {
  const kernel = world(A, B, C)
  for (const address of [B, A, C]) kernel.send(address, 'CLOSE')
  t.false(kernel.has(B))
  t.deepEqual(kernel.kernel.state.ended('tally'), [A, C])
  kernel.do(spawn(A, 0), spawn(B, 0))
  kernel.send(B, 'CLOSE')
  t.true(kernel.has(A), 'it lives again and is not among those that may go')
  t.deepEqual(kernel.kernel.state.ended('tally'), [C, B])
})

test('stop and stop-below remove without a word', t => {
  const kernel = world(A, B, 'tally/x/1' as Address, 'tally/x/2' as Address, 'tally/xy' as Address)
  const { outputs } = kernel.do({ do: 'stop', address: A }, { do: 'stop-below', prefix: 'tally/x/' })
  t.deepEqual(outputs, [])
  t.deepEqual(
    kernel.kernel.state.list('tally').map(({ address }) => address),
    [B, 'tally/xy' as Address],
  )
})

test('an effect is owed once a key, until its result is an input', t => {
  const kernel = world(A)
  kernel.send(A, 'OWE', { key: 'k1' })
  kernel.send(A, 'OWE', { key: 'k1' })
  t.deepEqual(
    [...kernel.kernel.state.effects().values()],
    [{ key: 'k1', kind: 'pay', data: { key: 'k1' }, from: A, sinceSeq: 2 }],
  )
  const resumed = new TestKernel(encodeState(kernel.kernel.state))
  t.deepEqual([...resumed.kernel.state.effects().keys()], ['k1'], 'a new leader finds it')
  resumed.fold('effect', { key: 'k1', event: { type: 'PAID', say: 'paid' } })
  resumed.fold('effect', { key: 'k1', event: { type: 'PAID', say: 'paid again' } })
  t.deepEqual(resumed.tally(A).heard, ['paid'])
  t.is(resumed.kernel.state.effectCount(), 0)
})

test('an input that faults owes nothing', t => {
  const kernel = world(A)
  kernel.do(tell(A, { type: 'OWE', key: 'k1' }), tell(A, { type: 'UPDATE' }))
  t.is(kernel.kernel.state.effectCount(), 0)
})
