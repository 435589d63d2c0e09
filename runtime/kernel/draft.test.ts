import test from 'ava'
import fc from 'fast-check'
import type { Address } from '../../actors/vocabulary/address.ts'
import { type Instruction, spawn, tell } from '../../actors/vocabulary/instruction.ts'
import type { Draft } from './draft.ts'
import { TestKernel } from './kernel.test.kit.ts'
import { encodeState } from './state-codec.ts'

const address = fc.constantFrom('tally/a', 'tally/b', 'tally/x/1', 'tally/x/2').map(name => name as Address)

const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  address.map(one => spawn(one, 1)),
  fc
    .tuple(address, fc.constantFrom('ADD', 'CLOSE', 'UPDATE', 'RUN'))
    .map(([one, type]) => tell(one, { type })),
  fc.tuple(address, address).map(([one, child]) => tell(one, { type: 'CHILD', child })),
  fc.tuple(address, fc.constantFrom('k1', 'k2', 'k3')).map(([one, key]) => tell(one, { type: 'OWE', key })),
  fc.constantFrom('k1', 'k2').map((key): Instruction => ({ do: 'effect-done', key })),
  address.map((one): Instruction => ({ do: 'stop', address: one })),
  fc.constant<Instruction>({ do: 'stop-below', prefix: 'tally/x/' }),
)

const inputs = fc.array(fc.array(instruction, { maxLength: 4 }), { maxLength: 30 })

test('folding on stacked drafts is folding on committed state: same replies, outputs, views and bytes', t => {
  fc.assert(
    fc.property(inputs, fc.integer({ min: 1, max: 5 }), (all, depth) => {
      const committed = new TestKernel()
      const stacked = new TestKernel()
      let drafts: Draft[] = [stacked.kernel.draft()]
      for (const [index, one] of all.entries()) {
        const top = drafts.at(-1) ?? stacked.kernel.draft()
        const expected = committed.fold('do', one)
        const position = { ...stacked.next(), seq: committed.kernel.position.seq }
        const input = { route: 'do', by: 'test', scopes: [], body: one as never }
        const at = { seq: position.seq, timeMs: 0, wallMs: 0 }
        const found = stacked.kernel.fold(top, input, at, position)
        t.deepEqual(found, expected)
        sameView(t, top, committed)
        drafts.push(stacked.kernel.draftOn(top))
        if (index % depth === 0) {
          for (let at = drafts.length - 1; at > 0; at--) drafts[at]?.mergeInto(drafts[at - 1] ?? top)
          stacked.kernel.commit(drafts[0] ?? top, position)
          drafts = [stacked.kernel.draft()]
        }
      }
      const last = drafts.at(-1)
      if (last === undefined) return
      for (let at = drafts.length - 1; at > 0; at--) drafts[at]?.mergeInto(drafts[at - 1] ?? last)
      stacked.kernel.commit(drafts[0] ?? last, committed.kernel.position)
      t.deepEqual(encodeState(stacked.kernel.state), encodeState(committed.kernel.state))
    }),
    { numRuns: 300 },
  )
})

function sameView(
  t: { is(a: unknown, b: unknown): boolean; deepEqual(a: unknown, b: unknown): boolean },
  draft: Draft,
  committed: TestKernel,
): void {
  const { state } = committed.kernel
  t.is(draft.count('tally'), state.count('tally'))
  t.is(draft.effectCount(), state.effectCount())
  t.deepEqual([...draft.effects().keys()].sort(), [...state.effects().keys()].sort())
  t.deepEqual(draft.ended('tally'), state.ended('tally'))
  for (const list of [
    (view: typeof state | Draft) => view.list('tally'),
    (view: typeof state | Draft) => view.listBelow('tally/x/'),
  ])
    t.deepEqual(
      list(draft).map(record => record.address),
      list(state).map(record => record.address),
    )
}

test('a draft that is dropped leaves nothing', t => {
  const kernel = new TestKernel()
  kernel.do(spawn('tally/a' as Address, 0))
  const before = encodeState(kernel.kernel.state)
  kernel.foldOn(kernel.kernel.draft(), 'do', [
    tell('tally/a' as Address, { type: 'OWE', key: 'k' }),
    { do: 'stop', address: 'tally/a' },
  ])
  t.deepEqual(encodeState(kernel.kernel.state), before)
})
