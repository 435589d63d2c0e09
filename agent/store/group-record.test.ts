import test from 'ava'
import { digestOf } from '../../actors/vocabulary/canonical/digest.ts'
import { emptyRecord, generationsOf, type HeldGeneration } from './group-record.ts'

test('what a restart or a way back would serve is kept, though nobody wants it any more', t => {
  const held = (revision: number): HeldGeneration => ({
    revision,
    digest: digestOf(revision),
    sizeBytes: 1,
    timeline: 1,
  })
  const [previous, good, rejected] = [held(1), held(2), held(3)]
  const active = { ...rejected, activation: 7, outcome: 'rejected' as const }
  const record = { ...emptyRecord('web', 7), active, good, previous, committed: rejected }
  const kept = new Set(generationsOf(record).map(({ revision }) => revision))
  t.deepEqual(
    [...kept].toSorted((a, b) => a - b),
    [1, 2, 3],
  )
  t.deepEqual(generationsOf(emptyRecord('web')), [])
})
