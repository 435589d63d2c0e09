import test from 'ava'
import type { Said, Told } from '../evidence.test.kit.ts'
import { ClusterModel } from './cluster-model.ts'
import { JournalStory, report } from './journal-story.test.kit.ts'
import { type HeardOffer, type Wish, wishOf, wishText } from './wish.ts'

const wish = (story: JournalStory, node = 'a', told: HeardOffer | null = null): Wish => {
  const { records, blobs } = story.evidence()
  const model = new ClusterModel(blobs)
  for (const read of records) model.fold(read)
  return wishOf(model, 'web', node, told)
}
const staged = ['a', 'b'].map(node => report(node, 1, 2, 'staged'))
const begun = (uses: string) => new JournalStory(uses, {}).begin().join('a', 'b').change(1, 2)
const pause: Said = ['control', { group: 'web', action: 'pause' }]
const paused: Told = ['rollout.paused', { group: 'web', reason: 'paused by an admin' }]

test('strong is only staged before its commit, eventual is run at once', t => {
  t.like(wish(begun('strong')), { committed: { revision: 1 }, candidate: { revision: 2, activate: false } })
  t.like(wish(begun('eventual')), { candidate: { revision: 2, activate: true } })
  const story = begun('strong')
  t.like(wish(story.step(staged, story.committed(2, 2))), { committed: { revision: 2 }, candidate: null })
})

test('a pause begins nowhere anew, and takes back nothing that may run', t => {
  t.is(wish(begun('eventual').step([pause], paused)).candidate, null)
  t.like(
    wish(
      begun('eventual')
        .step([staged[0] ?? pause])
        .step([pause], paused),
    ),
    { candidate: { activate: false } },
  )
  const { candidate } = wish(begun('eventual'))
  if (candidate === null) return t.fail()
  const held = (told: HeardOffer) => wish(begun('eventual').step([pause], paused), 'a', told).candidate
  t.like(held({ candidate, whileHeld: false }), { activate: true })
  const staging = { ...candidate, activate: false }
  t.is(held({ candidate: staging, whileHeld: false }), null)
  t.like(held({ candidate: staging, whileHeld: true }), { activate: false })
})

test('who does not belong to the group is to forget it, and a difference shows in the text', t => {
  t.true(wish(begun('strong'), 'z').removed)
  const one = wish(begun('eventual'))
  const { candidate } = one
  t.not(wishText(one), wishText({ ...one, candidate: candidate && { ...candidate, activate: false } }))
  t.not(wishText(one), wishText({ ...one, retry: 1 }))
  t.not(wishText(one), wishText({ ...one, applyTimeoutMs: 1 }))
  t.is(wishText(one), wishText({ ...one, candidate: candidate && { ...candidate } }))
})
