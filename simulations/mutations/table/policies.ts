import { mutationsOf } from '../mutation.ts'

const POLICIES = ['runtime/engine/*', 'policies/**/*']

/** When something is committed. */
export const policyMutations = mutationsOf('policies', POLICIES, [
  {
    name: 'half-is-a-majority',
    file: 'policies/vocabulary/quorum.ts',
    before: 'Math.floor(total / 2) + 1',
    after: 'Math.ceil(total / 2)',
    models: 'Two of four are a majority.',
    breaks: [3],
  },
  {
    name: 'percentage-rounded-down',
    file: 'policies/vocabulary/quorum.ts',
    before: 'Math.ceil((total * Number.parseInt(quorum, 10)) / 100)',
    after: 'Math.floor((total * Number.parseInt(quorum, 10)) / 100)',
    models: '60 % of three are one.',
    breaks: [3],
  },
  {
    name: 'floor-ignored',
    file: 'policies/vocabulary/quorum.ts',
    before: 'return Math.max(shareOf(denominator, quorum), Math.min(least, counts.nodes))',
    after: 'return Math.max(shareOf(denominator, quorum), Math.min(least, 0))',
    models: 'When nearly everybody is offline, nearly nobody commits.',
    breaks: [3],
  },
  {
    name: 'third-rounded-down',
    file: 'policies/vocabulary/quorum.ts',
    before: 'Math.ceil(counts.nodes / 3)',
    after: 'Math.floor(counts.nodes / 3)',
    models: 'The floor of two nodes is none.',
    breaks: [3],
  },
  {
    name: 'dying-leaves-the-denominator',
    file: 'policies/vocabulary/quorum.ts',
    before: 'counts.nodes - counts.offline + offeredOffline(counts)',
    after: 'counts.nodes - counts.offline',
    models: 'A candidate that kills its nodes makes its own quorum smaller.',
    breaks: [3],
  },
  {
    name: 'the-dead-have-applied',
    file: 'policies/vocabulary/quorum.ts',
    before: 'return counts.applied - counts.appliedOffline',
    after: 'return counts.applied',
    models: 'A node that applied the candidate and died of it counts for it.',
    breaks: [3],
  },
  {
    name: 'strong-leaves-out-the-offline',
    file: 'policies/vocabulary/guards.ts',
    before: 'offered(counts) - counts.rejected === counts.nodes',
    after: 'offered(counts) - counts.rejected >= counts.nodes - counts.offline',
    models: '`strong` commits although an offline node has not staged.',
    breaks: [3],
  },
  {
    name: 'deadline-commits',
    file: 'policies/eventual.ts',
    before: "{ target: 'undone', actions: { type: 'rollback', params: { reason: 'progress-timeout' } } },",
    after: "{ target: 'settled', actions: 'commit' },",
    models: 'When time is up, what did not reach its quorum is committed.',
    breaks: [3],
  },
  {
    name: 'lost-quorum-waits',
    file: 'policies/vocabulary/guards.ts',
    before: 'denominatorOf(counts) - counts.rejected <',
    after: 'denominatorOf(counts) <',
    models: 'A rollout that most have rejected waits for its timeout while its value is out.',
    breaks: [5],
  },
  {
    name: 'strong-activates-with-staging',
    file: 'policies/strong.ts',
    before: "initial: 'staging',\n    states: {\n      staging: {\n        entry: 'stage',",
    after: "initial: 'staging',\n    states: {\n      staging: {\n        entry: ['stage', 'activate'],",
    models: '`strong` lets nodes run what not all have staged.',
    breaks: [2, 3],
  },
])
