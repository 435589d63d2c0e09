import test from 'ava'
import { checkModel } from './check-model.ts'
import type { Said, Told } from './evidence.test.kit.ts'
import { JournalStory, report } from './model/journal-story.test.kit.ts'

const judge = (story: JournalStory): number => checkModel(story.evidence()).length
const strong = (options = {}) => new JournalStory('strong', options).begin().join('a', 'b', 'c').change(1, 2)
const eventual = (options = {}) =>
  new JournalStory('eventual', options).begin().join('a', 'b', 'c').change(1, 2)
const undone = (revision: number, reason: string): Told => [
  'rollout.undone',
  { group: 'web', revision, reason },
]
const rejected = (node: string, revision: number, reason = ''): Told => [
  'subscription.rejected',
  { group: 'web', node, revision, reason },
]
const timer = (revision: number): Said => ['timer', { address: `policy-run/web/${revision}`, timer: 'after' }]
const three = (phase: string): Said[] => ['a', 'b', 'c'].map(node => report(node, 1, 2, phase))

test('strong must commit in the record in which the last one has staged, and not before', t => {
  const story = strong()
  t.is(judge(strong().step(three('staged'), story.committed(2, 2))), 0)
  t.true(judge(strong().step(three('staged'))) > 0)
  t.true(judge(strong().step(three('staged').slice(1), story.committed(2, 2))) > 0)
  t.is(judge(strong().step(three('staged').slice(1))), 0)
})

test('a rejection must end strong at once, before anybody runs it: no newer revision is needed', t => {
  const no = report('a', 1, 2, 'rejected', 'no')
  const story = strong()
  t.is(judge(strong().step([no], rejected('a', 2, 'no'), undone(2, 'rejected: a: no'))), 0)
  t.true(judge(strong().step([no], rejected('a', 2, 'no'))) > 0)
  const restored = story.committed(3, 1, 'restore', 'j2')
  t.true(judge(strong().step([no], rejected('a', 2, 'no'), undone(2, 'rejected: a: no'), restored)) > 0)
})

test('eventual must commit with its quorum and end when it is out of reach, not at its timeout', t => {
  const story = eventual()
  const two = three('applied').slice(1)
  t.is(judge(eventual().step(two, story.committed(2, 2))), 0)
  t.true(judge(eventual().step(two)) > 0)
  t.is(judge(eventual({ quorum: '70%' }).step(two)), 0)
  const noes = ['a', 'b'].map(node => report(node, 1, 2, 'rejected'))
  const told = [rejected('a', 2), rejected('b', 2)]
  const why = 'rejected: a: no reason given; b: no reason given'
  const restored = story.committed(3, 1, 'restore', 'j2')
  t.is(judge(eventual().step(noes, ...told, undone(2, why), restored)), 0)
  t.true(judge(eventual().step(noes, ...told)) > 0)
  t.true(
    judge(eventual().step(noes, ...told, undone(2, why))) > 0,
    'nodes may run it: the way back is a newer one',
  )
})

test('a share is of those that count, and the floor is of all that are subscribed', t => {
  const story = eventual()
  const one = [report('a', 1, 2, 'applied')]
  t.is(judge(eventual({ quorum: '30%' }).step(one, story.committed(2, 2))), 0)
  t.is(judge(eventual({ quorum: '30%', floor: 2 }).step(one)), 0)
  t.true(judge(eventual({ quorum: '30%', floor: 2 }).step(one, story.committed(2, 2))) > 0)
})

test('a deadline does what its option says, and nothing before it is due', t => {
  const ended = undone(2, 'progress-timeout')
  const story = eventual()
  const restored = story.committed(3, 1, 'restore', 'j2')
  t.is(judge(eventual({ progressTimeout: '1s' }).step([timer(2)], ended, restored)), 0)
  t.true(judge(eventual({ progressTimeout: '1s' }).step([timer(2)])) > 0)
  t.true(judge(eventual({ progressTimeout: '9s' }).step([timer(2)], ended, restored)) > 0)
  const paused: Told = ['rollout.paused', { group: 'web', reason: 'progress-timeout' }]
  t.is(judge(eventual({ progressTimeout: '1s', onTimeout: 'pause' }).step([timer(2)], paused)), 0)
  t.true(judge(eventual({ progressTimeout: '1s', onTimeout: 'pause' }).step([timer(2)], ended, restored)) > 0)
})

test('numbers rise by one, plans take what is pinned, and bundles hold what is layered', t => {
  t.true(judge(new JournalStory('strong', {}).begin().join('a').change(1, 1)) > 0)
  t.true(judge(new JournalStory('strong', {}).begin().join('a').change(2, 2)) > 0)
  const story = strong()
  const { records, blobs } = story.evidence()
  const other = new Map([...blobs].map(([digest]) => [digest, Uint8Array.of(0xa0)]))
  t.true(checkModel({ ...story.evidence(), records, blobs: other }).length > 0)
})
