import test from 'ava'
import { checkCommands } from './check-commands.ts'
import { evidenceOf, wireOf } from './evidence.test.kit.ts'

const welcome = (atMs: number, epoch: number, link: number, timeline = 1) =>
  wireOf(atMs, 'got', ['central', 'n1'], { t: 'welcome', timeline, epoch }, link)
const report = (atMs: number, link: number) => wireOf(atMs, 'sent', ['n1', 'central'], { t: 'report' }, link)
const hello = (atMs: number, epoch: number) =>
  wireOf(atMs, 'sent', ['n1', 'central'], { t: 'hello', timeline: 1, epoch }, 9)
const judge = (...wire: ReturnType<typeof welcome>[]) =>
  checkCommands(evidenceOf({ wire })).map(({ promise }) => promise)

test('an agent follows central to higher epochs, and hears a deposed one without answering', t => {
  t.deepEqual(
    judge(welcome(1, 1, 1), report(2, 1), welcome(3, 2, 2), report(4, 2), welcome(5, 1, 3), hello(6, 2)),
    [],
  )
  t.deepEqual(judge(welcome(1, 9, 1), report(2, 1), welcome(3, 1, 2, 2), report(4, 2)), [])
})

test('an agent that answers a deposed central, or forgets what it accepted, is found', t => {
  t.deepEqual(judge(welcome(1, 2, 1), report(2, 1), welcome(3, 1, 2), report(4, 2)), [8])
  t.deepEqual(judge(hello(1, 5), hello(2, 4)), [8])
  t.deepEqual(judge(welcome(1, 2, 1), report(2, 1), hello(3, 1)), [8])
})

test('what stood only in a copy of its state that rotted may be lost', t => {
  const fault = { id: 'n1', atMs: 2, kind: 'rotten-restart', machine: 'n1', file: 'state', forMs: 1 } as const
  const spans = [{ fault, fromMs: 2, toMs: 3 }]
  t.deepEqual(checkCommands(evidenceOf({ wire: [hello(1, 5), hello(3, 4)], spans })), [])
  t.is(checkCommands(evidenceOf({ wire: [hello(1, 5), hello(2, 4)], spans: [] })).length, 1)
})

test('a desire of an earlier epoch than its link is found; a machine that was set up anew may begin again', t => {
  const desire = wireOf(2, 'got', ['central', 'n1'], { t: 'desire', desire: { timeline: 1, epoch: 1 } }, 1)
  t.deepEqual(judge(welcome(1, 2, 1), desire), [8])
  const wire = [hello(1, 5), hello(3, 0)]
  t.deepEqual(checkCommands(evidenceOf({ wire, rebuilt: [{ node: 'n1', atMs: 2 }] })), [])
})
