import { mutationsOf } from '../mutation.ts'

const ROLLOUT = ['runtime/engine/*', 'runtime/central/link-host/*']

/** More of groups and their rollouts: the second of two, what is remembered, and what is never over. */
export const moreRolloutMutations = mutationsOf('rollout', ROLLOUT, [
  {
    name: 'deletion-takes-namesakes-along',
    file: 'actors/group/chart.ts',
    before: "{ do: 'stop-below', prefix: `sub/${name}/` }",
    after: "{ do: 'stop-below', prefix: `sub/${name}` }",
    models: 'Who deletes a group takes the nodes away from every group whose name begins like it.',
    breaks: [5],
  },
  {
    name: 'staged-numbers-are-not-seen',
    file: 'actors/group/chart.ts',
    before: 'return Math.max(after?.active ?? 0, after?.progress?.revision ?? 0)',
    after: 'return after?.active ?? 0',
    models: 'After a restore a number is given out again that a node holds as staged, with another content.',
    breaks: [4, 5],
  },
  {
    name: 'restoring-waits-without-end',
    file: 'actors/rollout/chart.ts',
    before: "after: { settle: 'tracked' },",
    after: '',
    models: 'A rollback waits for a node that is there and does not answer as long as that takes.',
    breaks: [1],
  },
  {
    name: 'degraded-for-ever',
    file: 'actors/rollout/chart.ts',
    before: "(before !== null && phaseFor(before, wanted) === 'rejected') !==\n      (after !==",
    after: '(after !==',
    models:
      'The group hears of a node that rejects what is committed, and not of one that has applied it since.',
    breaks: [5],
  },
  {
    name: 'thaw-forgets-who-waits',
    file: 'actors/cluster/chart.ts',
    before: "['announceThaw', 'admitWaiting', 'forgetFreeze']",
    after: "['announceThaw', 'forgetFreeze', 'admitWaiting']",
    models: 'The list of those who wait for the thaw is emptied just before they are let in.',
    breaks: [1],
  },
  {
    name: 'older-rollouts-never-end',
    file: 'actors/group/revisions.ts',
    before: 'candidate: null,\n    superseded: context.tracked,',
    after: 'candidate: null,\n    superseded: null,',
    models:
      'The rollout before the committed one is not told that its counting is over: it stays in the state.',
    breaks: [12],
  },
  {
    name: 'another-content-is-the-same-standing',
    file: 'actors/subscription/chart.ts',
    before: 'a.active === b.active &&\n    a.digest === b.digest &&',
    after: 'a.active === b.active &&',
    models: 'A node that goes to another content of the same number after a restore is not counted anew.',
    breaks: [3, 5],
  },
])
