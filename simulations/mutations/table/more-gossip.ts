import { mutationsOf } from '../mutation.ts'

const GOSSIP = ['runtime/gossip/core/*', 'runtime/gossip/simulation/*', 'runtime/gossip/wire/*']

/** More of gossip: caches, units and comparisons of a member that mostly works. */
export const moreGossipMutations = mutationsOf('gossip', GOSSIP, [
  {
    name: 'quiet-for-too-long',
    file: 'runtime/gossip/core/notices.ts',
    before: 'nowMs - saidAtMs < quietMs) return false',
    after: 'nowMs - saidAtMs < quietMs * 1_000) return false',
    models: 'A time in milliseconds is taken for seconds: who was reminded or welcomed once is not so again.',
    breaks: [10],
  },
  {
    name: 'confirmations-do-not-hasten',
    file: 'runtime/gossip/core/transitions.ts',
    before: 'store(state, confirmed)\n  state.suspicions.touch()',
    after: 'store(state, confirmed)',
    models:
      'The time at which the first suspicion runs out is remembered, also when others have confirmed it.',
    breaks: [10],
  },
  {
    name: 'last-bucket-is-not-compared',
    file: 'runtime/gossip/core/synchronise.ts',
    before: 'bucket < DIGEST_BUCKETS; bucket++',
    after: 'bucket < DIGEST_BUCKETS - 1; bucket++',
    models: 'Views that differ in the last bucket alone are called the same.',
    breaks: [10],
  },
  {
    name: 'missing-nacks-reassure',
    file: 'runtime/gossip/core/run-probe.ts',
    before: 'Math.max(0, probe.helpersAsked - probe.nacks)',
    after: 'Math.max(0, probe.nacks - probe.helpersAsked)',
    models:
      'Helpers that stay silent too say nothing of our own health: who is cut off accuses at full speed.',
    breaks: [10],
  },
  {
    name: 'single-seed-is-asked-once',
    file: 'runtime/gossip/core/join.ts',
    before: 'seeds.length === 0 ? Infinity',
    after: 'seeds.length <= 1 ? Infinity',
    models: 'Who knows one seed only, and whose first datagram is lost, does not ask again.',
    breaks: [10],
  },
  {
    name: 'second-death-is-not-damped',
    file: 'runtime/gossip/core/flap-damper.ts',
    before: 'deaths.count < 2) return true',
    after: 'deaths.count <= 2) return true',
    models: 'A member that dies again and again is announced as returned once more than it should be.',
    breaks: [10],
  },
])
