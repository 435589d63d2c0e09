import test from 'ava'
import { replicaProblems } from './replica-problems.ts'

const seen = (seq: number, portrait: string) => ({ central: 'central-2', seq, portrait })
const DIGESTS = new Map([
  [0, 'nothing'],
  [7, 'seven'],
])

test('who has folded what the log folds to is in order, also at its beginning', t => {
  t.deepEqual(replicaProblems([seen(0, 'nothing'), seen(7, 'seven')], DIGESTS, 9), [])
})

test('another state, and records that the log does not have, are found', t => {
  t.regex(replicaProblems([seen(7, 'six')], DIGESTS, 9)[0]?.what ?? '', /has another state at 7/)
  t.regex(
    replicaProblems([seen(8, 'eight')], DIGESTS, 7)[0]?.what ?? '',
    /up to 8, which the log does not have/,
  )
})
