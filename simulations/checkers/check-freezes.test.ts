import test from 'ava'
import { checkFreezes } from './check-freezes.ts'
import { evidenceOf, journalOf, type Told } from './evidence.test.kit.ts'

const judge = (...outputs: Told[]) =>
  checkFreezes(evidenceOf({ records: journalOf(...outputs.map(one => [[], [one]] as const)) })).length
const frozen: Told = ['cluster.frozen', { by: 'admin' }]
const thawed: Told = ['cluster.thawed', {}]
const started = (policy: string): Told => ['rollout.started', { group: 'web', revision: 2, policy }]

test('nothing new begins in a frozen cluster, the way back does', t => {
  t.is(judge(started('p'), frozen, thawed, started('p')), 0)
  t.is(judge(frozen, started('')), 0)
  t.is(judge(frozen, started('p')), 1)
  t.is(judge(frozen, ['group.deleted', { group: 'web' }]), 1)
})
