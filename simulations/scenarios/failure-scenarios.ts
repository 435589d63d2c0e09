import { change, deed, EVENTUAL, fault, type Scenario, STRONG, webCluster } from './scenario.ts'

/** What becomes of changes when machines, networks and disks fail. */
export const FAILURE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'central-crashes-mid-rollout',
    shows: 'the next life of central finishes what the one before it began',
    about:
      'Central dies between two nodes that stage a change. What it decided is in its journal: when it is back, under a new ' +
      'epoch, it asks the agents how far they are and goes on from there. Nobody does anything twice.',
    topology: webCluster(3, STRONG),
    events: [
      fault(1, { kind: 'slow-disk', machine: 'n3', syncMs: 900, forMs: 20_000 }),
      change(2, 'alice', 1),
      fault(2.5, { kind: 'crash', program: 'central', downMs: 4_000 }),
    ],
    lastsS: 24,
  },
  {
    name: 'answer-is-lost',
    shows: 'an admin who got no answer asks again, and the change happens once',
    about:
      'Central dies after the change is durable and before it can say so. The same request is sent again under the same ' +
      'idempotency key, and is answered with the job that it had become.',
    topology: webCluster(3, EVENTUAL),
    events: [
      fault(1, { kind: 'crash-at', program: 'central', point: 'engine.before-reply', downMs: 3_000 }),
      change(2, 'alice', 1),
    ],
    lastsS: 14,
  },
  {
    name: 'central-is-away',
    shows: 'processes read their configuration while central is down, and are told that it may be stale',
    about:
      'Central has no power for a while, and an agent is started again in the meantime. It serves the last revision that ' +
      'was applied, from its own disk; its process starts with it. When central is back, nothing has to be done.',
    topology: webCluster(3, EVENTUAL),
    events: [
      change(2, 'alice', 1),
      fault(5, { kind: 'power', machine: 'central', downMs: 10_000 }),
      fault(7, { kind: 'crash', program: 'n2/agent', downMs: 1_000 }),
      fault(9, { kind: 'crash', program: 'n2/app', downMs: 500 }),
    ],
    lastsS: 20,
  },
  {
    name: 'node-dies-while-staging',
    shows: '`strong` waits for a node that is gone, and gives up after its stage timeout',
    about:
      'n3 loses power before it has staged the change, and does not come back in time. Nothing was activated anywhere, so ' +
      'giving up costs nothing. When n3 returns it gets what the group has committed.',
    topology: webCluster(3, STRONG),
    events: [
      fault(1, { kind: 'slow-disk', machine: 'n3', syncMs: 900, forMs: 4_000 }),
      change(2, 'alice', 1),
      fault(2.5, { kind: 'power', machine: 'n3', downMs: 30_000 }),
    ],
    lastsS: 36,
  },
  {
    name: 'offline-node-returns',
    shows: 'under `eventual` the others go on without a node that is offline, and it catches up',
    about:
      'n3 has no power. Gossip suspects it, calls it dead, and central counts it as offline. The change is ' +
      'committed by the two that live; when n3 is back, its agent asks and is given the committed revision.',
    topology: webCluster(3, EVENTUAL),
    events: [fault(1, { kind: 'power', machine: 'n3', downMs: 20_000 }), change(14, 'alice', 1)],
    lastsS: 28,
  },
  {
    name: 'partition-heals',
    shows: 'a majority commits beside a partition, and the other side follows when it heals',
    about:
      'Two of five nodes are cut off from everybody. A change is committed by the three that central reaches. The two ' +
      'serve what they had, and follow as soon as the network is whole again.',
    topology: webCluster(5, EVENTUAL),
    events: [
      fault(2, { kind: 'partition', machines: ['n4', 'n5'], stops: 'both', forMs: 20_000 }),
      change(14, 'alice', 1),
    ],
    lastsS: 30,
  },
  {
    name: 'paused-agent-wakes',
    shows: 'an agent that stood still is called dead, and refutes it when it wakes up',
    about:
      'The agent of n2 stands still for longer than gossip waits, as in a stopped virtual machine. It is counted as offline, ' +
      'and misses a change. When it goes on it says so, under a higher incarnation, and catches up. Its process never noticed.',
    topology: webCluster(4, EVENTUAL),
    events: [fault(2, { kind: 'pause', program: 'n2/agent', forMs: 20_000 }), change(14, 'alice', 1)],
    lastsS: 30,
  },
  {
    name: 'full-disk',
    shows: 'a node whose disk is full says so and keeps what it has; it goes on when there is room',
    about:
      'The disk of n1 is full when a change comes. The agent cannot store it and tries again; its process reads the ' +
      'old value all the while. The policy `eventual` commits without it.',
    topology: webCluster(3, EVENTUAL),
    events: [
      change(2, 'alice', 1),
      fault(5, { kind: 'failing-disk', machine: 'n1', code: 'ENOSPC', forMs: 8_000 }),
      change(6, 'alice', 2),
    ],
    lastsS: 18,
  },
  {
    name: 'journal-is-full',
    shows: 'with a full journal nothing is accepted, and nothing that was accepted is lost',
    about:
      'Without room for a record central accepts nothing: the admin is refused, and asks again until there is room.',
    topology: webCluster(3, EVENTUAL),
    events: [fault(2, { kind: 'journal-full', forMs: 6_000 }), change(3, 'alice', 1)],
    lastsS: 14,
  },
  {
    name: 'rotten-generation',
    shows: 'a stored generation that rots is found by its checksum, and never served',
    about:
      'A bit turns in the one generation that n2 has stored. Nobody notices, until the machine starts again and its agent ' +
      'reads the file: the checksum is wrong. It serves nothing rather than that, fetches it afresh, and then serves again.',
    topology: webCluster(3, EVENTUAL),
    events: [
      fault(1, { kind: 'bit-rot', machine: 'n2', file: 'generation' }),
      fault(2, { kind: 'power', machine: 'n2', downMs: 1_000 }),
      change(6, 'alice', 1),
    ],
    lastsS: 10,
  },
  {
    name: 'restore-from-backup',
    shows:
      'a restored backup begins a new timeline: what came after it is gone, and nodes that are ahead follow it',
    about:
      'The backup was made before the second change, and before n4 joined. Central comes back with it under a new timeline. ' +
      'The nodes hold a revision that it knows nothing of: central goes on with a number above that, and they go back to ' +
      'what the backup had, and say so. n4 is a stranger now: it goes on with what it has, and needs a new token. The lost ' +
      'change is made again.',
    topology: webCluster(3, EVENTUAL),
    events: [
      change(2, 'alice', 1),
      deed(6, 'carol', { kind: 'join-node', node: 'n4', groups: ['web'] }),
      change(8, 'bob', 2),
      fault(12, { kind: 'older-backup', agoMs: 7_000, forMs: 3_000 }),
      change(20, 'bob', 2),
    ],
    lastsS: 26,
  },
  {
    name: 'rotate-gossip-key',
    shows: 'the key of gossip is changed under all members, also one that was away',
    about:
      'All members take up the new key beside the old one, then use it, then forget the old one. n3 has no power in the ' +
      'middle of it; it finds its way back by its link to central, and is alive to all others in the end.',
    topology: webCluster(4, EVENTUAL),
    events: [
      fault(2, { kind: 'power', machine: 'n3', downMs: 20_000 }),
      fault(12, { kind: 'rotate-key', forMs: 0 }),
      deed(14, 'alice', { kind: 'change', path: '/web', value: 1, behave: 'accept', sizeBytes: 0 }),
    ],
    lastsS: 40,
  },
]
