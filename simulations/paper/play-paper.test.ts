import test from 'ava'
import { SeededRandom } from '../../runtime/ports/seeded-random.ts'
import { playPaper } from './play-paper.ts'

const SEEDS = Array.from({ length: 40 }, (_, index) => new SeededRandom(`paper test ${index}`))

test('what ships does what the model foretells, and plays reach what policies are about', async t => {
  const seen = new Set<string>()
  for (const random of SEEDS) {
    const broken = await playPaper(random, 100, ({ outputs }) => {
      for (const { type, data } of outputs)
        if (type === 'group.committed') seen.add(`committed ${String(data['kind'])}`)
        else if (type === 'rollout.undone') seen.add(`undone ${String(data['reason']).split(':')[0]}`)
        else seen.add(type)
    })
    t.deepEqual(broken, [])
  }
  const reasons = ['rejected', 'aborted', 'cancelled', 'rolled-back', 'overtaken', 'sibling-failed']
  const timeouts = ['stage-timeout', 'progress-timeout']
  const wanted = [
    ...['apply', 'retry', 'rollback', 'restore'].map(kind => `committed ${kind}`),
    ...[...reasons, ...timeouts].map(reason => `undone ${reason}`),
    'rollout.paused',
    'rollout.resumed',
    'group.deleted',
    'node.draining',
    'subscription.left',
  ]
  t.deepEqual(
    wanted.filter(what => !seen.has(what)),
    [],
  )
  t.false(seen.has('input.faulted'))
})

test('the same seed plays the same', async t => {
  const play = async (): Promise<readonly string[]> => {
    const told: string[] = []
    await playPaper(new SeededRandom('again'), 40, ({ outputs }) => told.push(JSON.stringify(outputs)))
    return told
  }
  t.deepEqual(await play(), await play())
})
