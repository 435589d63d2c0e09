import test from 'ava'
import type { AppendRequest } from '../../runtime/journal/journal.ts'
import type { Program } from './program.ts'
import { Knowledge, SharedLogNotes } from './shared-log-notes.ts'

/** One central that has been told of three records of epoch 1, and what it claimed. */
function listener() {
  const notes = new SharedLogNotes()
  const knowledge = new Knowledge(notes, {
    machine: { name: 'c1', world: { nowMs: 7 } },
    life: {},
  } as Program)
  knowledge.toldOf({ seq: 3, epoch: 1 })
  const ask = (id: string, epoch: number, expectedSeq: number): void =>
    knowledge.asksFor({ expectedSeq, records: [{ id, epoch }] } as unknown as AppendRequest)
  const claims = () => notes.claims.map(({ epoch, expectedSeq, toldSeq }) => [epoch, expectedSeq, toldSeq])
  return { knowledge, ask, claims }
}

test('a claim whose answer was lost, and that is found in the log, is one that was told', t => {
  const { knowledge, ask, claims } = listener()
  ask('claim', 2, 3)
  knowledge.finds('claim', 4)
  ask('bootstrap', 2, 4)
  t.deepEqual(claims(), [[2, 3, 3]])
})

test('a claim that is not found was made in vain, and what is found of others says nothing', t => {
  const { knowledge, ask, claims } = listener()
  ask('claim', 2, 3)
  knowledge.finds('claim', undefined)
  knowledge.finds('older', 2)
  ask('again', 2, 3)
  ask('beyond', 2, 4)
  t.deepEqual(claims(), [
    [2, 3, 3],
    [2, 3, 3],
    [2, 4, 3],
  ])
})
