import test from 'ava'
import type { Journal } from '../journal/journal.ts'
import { declare, TestEngine } from './engine.test.kit.ts'
import { openKernel } from './open-kernel.ts'

test('a journal that gives fewer records than its head says is damaged, and is not folded', async t => {
  const engine = await TestEngine.start()
  await engine.apply(declare('one'))
  const { journal } = engine
  const { seq } = await journal.head()
  t.is((await openKernel(journal)).kernel.position.seq, seq)
  const cutShort: Journal = {
    ...journal,
    head: () => journal.head(),
    getCheckpoint: atSeq => journal.getCheckpoint(atSeq),
    read: fromSeq => journal.read(fromSeq, seq - 1),
  }
  await t.throwsAsync(openKernel(cutShort), { code: 'KONOR_JOURNAL_CORRUPT', message: /none after/ })
  await engine.stop()
})
