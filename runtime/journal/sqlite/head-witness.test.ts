import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { temporaryDirectory } from '../temporary-directory.test.kit.ts'
import { HeadWitness } from './head-witness.ts'

const seen = (seq: number) => ({ seq, hash: digestOfBytes(Uint8Array.of(seq % 256)) })

test('a witness tells the last head it noted', async t => {
  const file = join(await temporaryDirectory(t), 'head')
  t.is(HeadWitness.read(file), undefined)
  const witness = HeadWitness.start(file, seen(0))
  t.deepEqual(HeadWitness.read(file), seen(0))
  for (const seq of [1, 2, 3, 1_000_000_007]) {
    witness.note(seen(seq))
    t.deepEqual(HeadWitness.read(file), seen(seq), 'also while it is open: a killed process closes nothing')
  }
  witness.close()
  HeadWitness.start(file, seen(5)).close()
  t.deepEqual(HeadWitness.read(file), seen(5), 'a new start replaces both slots')
})

test('a torn slot leaves the other one; two torn slots are damage', async t => {
  const file = join(await temporaryDirectory(t), 'head')
  const witness = HeadWitness.start(file, seen(1))
  witness.note(seen(2))
  witness.note(seen(3))
  witness.close()
  const whole = await readFile(file)
  for (const [slot, other] of [
    [0, 3],
    [1, 2],
  ] as const) {
    const torn = Buffer.from(whole)
    torn.fill(0, slot * 128 + 20, slot * 128 + 60)
    await writeFile(file, torn)
    t.deepEqual(HeadWitness.read(file), seen(other))
  }
  for (const damaged of [Buffer.alloc(256), whole.subarray(0, 50), Buffer.alloc(0)]) {
    await writeFile(file, damaged)
    t.throws(() => HeadWitness.read(file), { code: 'KONOR_JOURNAL_CORRUPT' })
  }
})
