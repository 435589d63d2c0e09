import { change, deed, EVENTUAL, fault, type Scenario, STRONG, webCluster } from './scenario.ts'

/** What admins and operators do to one another and to nodes. */
export const PEOPLE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'two-admins-race',
    shows: 'of two admins who change what they have read, one wins and the other is told',
    about:
      'Both read the same version of one key and write their own value upon it. The log decides: the second one is refused ' +
      'with what moved. Then both change one path without a condition: both are accepted, one after the other.',
    topology: webCluster(2, EVENTUAL),
    events: [
      deed(2, 'admin', { kind: 'race', key: 'limit', admins: 2, gapMs: 0 }),
      change(5, 'alice', 1),
      change(5, 'bob', 2),
    ],
    lastsS: 12,
  },
  {
    name: 'paused-by-an-admin',
    shows: 'a rollout can be paused in the middle, and goes on where it was',
    about:
      'The disk of n3 is slow, which leaves time to have second thoughts. While the rollout is paused nobody ' +
      'stages it who has not begun, and nothing is committed.',
    topology: webCluster(3, STRONG),
    events: [
      fault(1, { kind: 'slow-disk', machine: 'n3', syncMs: 900, forMs: 20_000 }),
      change(2, 'alice', 1),
      deed(3, 'bob', { kind: 'control', group: 'web', action: 'pause' }),
      deed(14, 'bob', { kind: 'control', group: 'web', action: 'resume' }),
    ],
    lastsS: 24,
  },
  {
    name: 'late-joiner',
    shows: 'a node that joins gets what the group has committed, also in the middle of a rollout',
    about:
      'n4 joins while a change is being staged. Under `strong` it belongs to those who must have staged it before the commit.',
    topology: webCluster(3, STRONG),
    events: [
      fault(1, { kind: 'slow-disk', machine: 'n3', syncMs: 900, forMs: 12_000 }),
      change(2, 'alice', 1),
      deed(3, 'carol', { kind: 'join-node', node: 'n4', groups: ['web'] }),
    ],
    lastsS: 18,
  },
  {
    name: 'removed-node-returns',
    shows: 'a node that is removed holds nobody up any more, and is not let in again',
    about:
      'n3 has no power, and under `strong` it blocks a change. An admin removes it: the change goes through with those who ' +
      'are left, and a new gossip key keeps the lost machine out. When it turns up again it is told that it was removed.',
    topology: webCluster(3, STRONG),
    events: [
      fault(1, { kind: 'power', machine: 'n3', downMs: 30_000 }),
      change(10, 'alice', 1),
      deed(16, 'carol', { kind: 'remove-node', node: 'n3' }),
    ],
    lastsS: 40,
  },
  {
    name: 'name-is-taken',
    shows: 'a machine cannot come under the name of another, even with a good token',
    about:
      'A second machine is set up as n2, with a key of its own. It is refused, and the first one is not disturbed: a ' +
      'change reaches it as before.',
    topology: webCluster(2, EVENTUAL),
    events: [deed(2, 'carol', { kind: 'join-again', node: 'n2', group: 'web' }), change(5, 'alice', 1)],
    lastsS: 12,
  },
]
