import test from 'ava'
import type { Address } from '../../actors/vocabulary/address.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { spawn, tell } from '../../actors/vocabulary/instruction.ts'
import { FOLD_VERSION } from './fold-version.ts'
import { decodeInputs, encodeInputs, encodeOutputs } from './record-codec.ts'
import { TestKernel } from './kernel.test.kit.ts'

const input = { route: 'do', by: 'test', scopes: ['admin'], body: [spawn('tally/a' as Address, 1)] as never }

test('inputs come back as they went', t => {
  const traced = { ...input, trace: 'ab'.repeat(16) }
  t.deepEqual(decodeInputs(encodeInputs([input, traced])), [input, traced])
})

test('what a newer program folded is not guessed at', t => {
  const payload = encodeCanonical({ fold: FOLD_VERSION + 1, inputs: [] })
  t.throws(() => decodeInputs(payload), { code: 'KONOR_KERNEL_FOLD_VERSION' })
})

test('a record that folds to other outputs than it recorded is named', t => {
  const kernel = new TestKernel()
  const record = { seq: 1, timeline: 1, epoch: 1, timeMs: 0, wallMs: 0, payload: encodeInputs([input]) }
  const expected = [{ type: 'tally.born', address: 'tally/a' as Address, data: { name: 'tally/a' } }]
  t.throws(() => kernel.kernel.replay({ ...record, outputs: encodeOutputs([]) }), {
    code: 'KONOR_KERNEL_DIVERGED',
  })
  t.false(kernel.has('tally/a'), 'nothing of it becomes state')
  kernel.kernel.replay({ ...record, outputs: encodeOutputs(expected) })
  t.is(kernel.kernel.position.seq, 1)
  t.true(kernel.send('tally/a', 'ADD').reply.ok)
})

test('an input that has no canonical form is refused before it is folded', t => {
  t.throws(
    () =>
      encodeInputs([
        { ...input, body: [tell('tally/a' as Address, { type: 'ADD', n: Number.NaN })] as never },
      ]),
    { code: 'KONOR_CBOR_UNSUPPORTED' },
  )
})
