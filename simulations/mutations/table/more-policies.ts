import { mutationsOf } from '../mutation.ts'

const POLICIES = ['runtime/engine/*', 'policies/**/*']

/** More of policies: facts that come at the wrong time, and times that are not what was written. */
export const morePolicyMutations = mutationsOf('policies', POLICIES, [
  {
    name: 'paused-is-deaf',
    file: 'policies/eventual.ts',
    before: "FACTS: { actions: 'observe' },\n          RESUME: { target: 'applying'",
    after: "RESUME: { target: 'applying'",
    models: 'What nodes say while a rollout is paused is lost: when it goes on, it decides on old counters.',
    breaks: [3],
  },
  {
    name: 'failing-waits-without-end',
    file: 'policies/strong.ts',
    before: "after: { settleTimeout: 'settled' },\n      },\n      settled:",
    after: '},\n      settled:',
    models: 'After a failed apply that is held, a node that never answers keeps the rollout from ending.',
    breaks: [1],
  },
  {
    name: 'dead-appliers-stand-for-the-living',
    file: 'policies/vocabulary/guards.ts',
    before:
      'appliedOf(counts) >= counts.nodes - counts.offline,\n  /** Every node that is not offline has applied or',
    after:
      'counts.applied >= counts.nodes - counts.offline,\n  /** Every node that is not offline has applied or',
    models: 'Nodes that applied and went offline count for those that live and have not applied.',
    breaks: [3],
  },
  {
    name: 'timeouts-are-the-defaults',
    file: 'policies/kit/policy-chart.ts',
    before: 'durationMs(String(options[name] ?? policy.defaults[name]))',
    after: 'durationMs(String(policy.defaults[name]))',
    models: 'The timeouts that an admin wrote are ignored: every rollout waits as long as the defaults say.',
    breaks: [3],
  },
  {
    name: 'no-abort-once-committed',
    file: 'policies/strong.ts',
    before:
      "ABORT: { target: 'undone', actions: { type: 'rollback', params: { reason: 'aborted' } } },\n        },\n        after: { settleTimeout: 'settled' },\n      },\n      failing:",
    after: "},\n        after: { settleTimeout: 'settled' },\n      },\n      failing:",
    models: 'While nodes apply what was committed, an admin who aborts is told that this is not possible.',
    breaks: [9],
  },
])
