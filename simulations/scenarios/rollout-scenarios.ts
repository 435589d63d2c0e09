import { change, deed, EVENTUAL, fault, type Scenario, STRONG, webCluster } from './scenario.ts'

/** How changes go their way, and how they come back. */
export const ROLLOUT_SCENARIOS: readonly Scenario[] = [
  {
    name: 'happy-rollout',
    shows: 'a change reaches every process, and is committed because they said that they applied it',
    about:
      'Three nodes of one group under the policy `eventual`. A change is accepted when it is durable; each agent stores ' +
      'it, hands it to its process, and reports when the process has applied it. A majority is enough to commit.',
    topology: webCluster(3, EVENTUAL),
    events: [change(2, 'alice', 1)],
    lastsS: 10,
  },
  {
    name: 'two-phases',
    shows: 'under `strong` nobody activates a change before every node has staged it',
    about:
      'The disk of n3 is slow, so it is the last to have the change on its platters. The others have it long before, and ' +
      'wait: the commit comes when all three have staged it, and only then any process sees it.',
    topology: webCluster(3, STRONG),
    events: [
      fault(1, { kind: 'slow-disk', machine: 'n3', syncMs: 900, forMs: 12_000 }),
      change(2, 'alice', 1),
    ],
    lastsS: 16,
  },
  {
    name: 'bad-value-rolls-back',
    shows: 'a value that processes refuse takes itself back, as a new revision with the old content',
    about:
      'The first change is good. The second is refused by the processes that try it: as soon as a majority has become ' +
      'impossible, the policy gives the revision up, and the group goes forward to the content that worked.',
    topology: webCluster(3, EVENTUAL),
    events: [change(2, 'alice', 1), change(6, 'bob', 2, 'reject')],
    lastsS: 14,
  },
  {
    name: 'refused-beforehand',
    shows: 'under `strong` a process can say no before anything is activated',
    about:
      'Processes that listen for it are asked whether they could take a value. One no is enough: the change is given ' +
      'up while every process still runs what it ran.',
    topology: webCluster(3, STRONG),
    events: [change(2, 'alice', 1), change(6, 'bob', 2, 'refuse-to-prepare')],
    lastsS: 14,
  },
  {
    name: 'process-never-answers',
    shows: 'silence is no consent: who does not acknowledge in time has rejected',
    about:
      'Every process gets the second value and hangs over it. They have `applyTimeout` to answer, 10 s here. Then each ' +
      'node reports a rejection, and the group goes back to what worked. Processes that still hang do not take that ' +
      'either: the nodes say so, and somebody has to look after them.',
    topology: webCluster(3, EVENTUAL),
    events: [change(2, 'alice', 1), change(6, 'bob', 2, 'hang')],
    lastsS: 24,
  },
  {
    name: 'crash-loop',
    shows: 'a value that kills its processes is left by each agent itself',
    about:
      'Whoever reads the second value dies. Its supervisor starts it again, and it dies again. At the third death the ' +
      'agent puts the older generation back without asking anybody, so that its process lives, and reports why.',
    topology: webCluster(3, EVENTUAL),
    events: [change(2, 'alice', 1), change(6, 'bob', 2, 'crash-loop')],
    lastsS: 20,
  },
  {
    name: 'crashes-after-applied',
    shows:
      'agents also leave a value that kills its processes only after it was committed, and the group says so',
    about:
      'Whoever runs the second value says that it applied it, and dies of it a moment later, again and again. The group has ' +
      'committed it by then, and its job has succeeded. At the third death of its process within half a minute each agent ' +
      'goes back by itself and reports why. The group is degraded: what is committed runs nowhere, until somebody undoes it.',
    topology: webCluster(3, STRONG),
    events: [
      change(2, 'alice', 1),
      change(6, 'bob', 2, 'crash-later'),
      deed(16, 'bob', { kind: 'rollback', group: 'web', back: 0 }),
    ],
    lastsS: 20,
  },
  {
    name: 'undo',
    shows: 'rolling back is one more revision, with the content of an older one',
    about: 'Two good changes, and an admin who wants the first one back.',
    topology: webCluster(3, EVENTUAL),
    events: [
      change(2, 'alice', 1),
      change(5, 'alice', 2),
      deed(8, 'bob', { kind: 'rollback', group: 'web', back: 0 }),
    ],
    lastsS: 14,
  },
  {
    name: 'frozen',
    shows: 'while the cluster is frozen a change waits, and goes on by itself afterwards',
    about:
      'The freeze comes first. The change is accepted, so it is not lost; it is rolled out when the freeze ends.',
    topology: webCluster(3, EVENTUAL),
    events: [deed(2, 'carol', { kind: 'freeze', forMs: 6_000 }), change(4, 'alice', 1)],
    lastsS: 14,
  },
]
