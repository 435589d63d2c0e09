import { groupAddress, policyRunAddress } from '../vocabulary/addresses.ts'
import type { Chart, On } from '../vocabulary/chart.ts'
import { type Counts, NO_COUNTS, NO_COUNTS_1, phaseFor, recount } from '../vocabulary/counts.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit, tell } from '../vocabulary/instruction.ts'
import type { RolloutContext, RolloutEvent } from './context.ts'

/** Longest that a restored content holds up its job; nodes that are slower are counted while it is tracked. */
export const RESTORE_SETTLE_MS = 60_000

/** Rollouts that ended and stay readable. */
export const ROLLOUTS_KEPT_MAX = 200

/** Refusals whose reason is kept, and how much of each. */
export const REFUSALS_KEPT_MAX = 3
const REFUSAL_LENGTH_MAX = 200
/** Reasons of a policy that refusals explain. */
const BY_REFUSAL = new Set(['rejected', 'apply-failure', 'progress-timeout', 'stage-timeout'])

type SubEvent = On<RolloutEvent, 'SUB_CHANGED'>

/**
 * One revision on its way to the nodes of a group. It counts who has come how far and carries out what its policy
 * intends; it never decides. After its commit it goes on counting, until the next revision commits.
 */
const chart: Chart<RolloutContext> = {
  kind: 'rollout',
  name: 'rollout@2',
  sinceFold: 2,
  retain: ROLLOUTS_KEPT_MAX,
  initialContext: bornWith(NO_COUNTS),
  config: {
    initial: 'born',
    states: {
      born: { always: [{ guard: 'isRestored', target: 'restoring' }, { target: 'rolling' }] },
      rolling: {
        entry: ['announceStarted', 'spawnPolicyRun'],
        on: {
          SUB_CHANGED: { actions: ['count', 'tellPolicy'] },
          STAGE: { actions: 'noteStage' },
          ACTIVATE: { actions: 'noteActivate' },
          COMMIT: { target: 'committed', actions: 'noteCommit' },
          HOLD: { actions: ['notePause', 'tellPaused'] },
          CONTINUE: { actions: ['noteContinue', 'tellResumed'] },
          ROLL_BACK: { target: 'undone', actions: 'noteReason' },
          UNDO: { target: 'undone', actions: ['noteReason', 'stopPolicyRun'] },
        },
      },
      committed: {
        description: 'Committed; the policy still watches how it is applied.',
        entry: 'tellCommitted',
        on: {
          SUB_CHANGED: { actions: ['count', 'tellPolicy'] },
          ACTIVATE: { actions: 'noteActivate' },
          ROLL_BACK: { target: 'undone', actions: 'noteReason' },
          UNDO: { target: 'undone', actions: ['noteReason', 'stopPolicyRun'] },
          FINISH: 'tracked',
        },
      },
      restoring: {
        always: { guard: 'everyLiveNodeAnswered', target: 'tracked' },
        on: { SUB_CHANGED: { actions: 'count' }, SUPERSEDED: 'superseded' },
        after: { settle: 'tracked' },
      },
      tracked: {
        description: 'What it decided is decided; it counts who follows, late nodes too.',
        entry: 'tellSettled',
        on: {
          SUB_CHANGED: [{ guard: 'changesVerdict', actions: ['count', 'tellTracked'] }, { actions: 'count' }],
          SUPERSEDED: 'superseded',
        },
      },
      undone: { type: 'final', entry: ['announceUndone', 'tellUndone'] },
      superseded: { type: 'final' },
    },
  },
  delays: { settle: () => RESTORE_SETTLE_MS },
  guards: {
    isRestored: ({ policy }) => policy === null,
    everyLiveNodeAnswered: ({ counts }) =>
      counts.applied - counts.appliedOffline + counts.rejected - counts.rejectedOffline >=
      counts.nodes - counts.offline,
    changesVerdict: (wanted, { before, after }: SubEvent) =>
      (before !== null && phaseFor(before, wanted) === 'rejected') !==
      (after !== null && phaseFor(after, wanted) === 'rejected'),
  },
  updates: {
    count: (context, { node, before, after }: SubEvent) => ({
      counts: recount(context.counts, context, before, after),
      ...(after !== null &&
      phaseFor(after, context) === 'rejected' &&
      context.refusals.length < REFUSALS_KEPT_MAX
        ? { refusals: withRefusal(context.refusals, node, after.progress?.reason ?? 'no reason given') }
        : {}),
    }),
    noteStage: () => ({ stage: true }),
    noteActivate: () => ({ activate: true }),
    noteCommit: () => ({ committed: true }),
    notePause: (_, { reason }: On<RolloutEvent, 'HOLD'>) => ({ paused: true, reason }),
    noteContinue: () => ({ paused: false, reason: null }),
    noteReason: ({ refusals }, { reason }: On<RolloutEvent, 'UNDO'>) => ({
      reason: refusals.length === 0 || !BY_REFUSAL.has(reason) ? reason : `${reason}: ${refusals.join('; ')}`,
    }),
  },
  instructions: {
    announceStarted: ({ group, revision, job, policy }) =>
      emit('rollout.started', { group, revision, job, policy: policy?.name ?? '' }),
    spawnPolicyRun: ({ group, revision, policy, counts }) =>
      policy === null
        ? []
        : {
            do: 'spawn',
            address: policyRunAddress(group, revision),
            chart: policy.chart,
            input: { group, revision, options: policy.options, counts: { ...counts } },
          },
    tellPolicy: ({ group, revision, counts }) =>
      tell(policyRunAddress(group, revision), { type: 'FACTS', counts: { ...counts } }),
    stopPolicyRun: ({ group, revision }) => ({ do: 'stop', address: policyRunAddress(group, revision) }),
    tellCommitted: ({ group, revision }) =>
      tell(groupAddress(group), { type: 'ROLLOUT_COMMITTED', revision }),
    tellSettled: ({ group, revision, counts }) =>
      tell(groupAddress(group), { type: 'ROLLOUT_SETTLED', revision, rejected: counts.rejected }),
    tellTracked: ({ group, revision, counts }) =>
      tell(groupAddress(group), { type: 'ROLLOUT_TRACKED', revision, rejected: counts.rejected }),
    tellPaused: ({ group, reason }) =>
      tell(groupAddress(group), { type: 'ROLLOUT_PAUSED', reason: reason ?? '' }),
    tellResumed: ({ group }) => tell(groupAddress(group), { type: 'ROLLOUT_RESUMED' }),
    announceUndone: ({ group, revision, reason }) =>
      emit('rollout.undone', { group, revision, reason: reason ?? '' }),
    tellUndone: ({ group, revision, activate, committed, reason }) =>
      tell(groupAddress(group), {
        type: 'ROLLOUT_UNDONE',
        revision,
        activated: activate || committed,
        committed,
        reason: reason ?? '',
      }),
  },
}

export const rolloutChart = defineChart(chart)

/** Of fold version 1: a node that only fetches the revision left the denominator of a quorum when it went offline. */
export const rolloutChart1 = defineChart<RolloutContext>({
  ...chart,
  name: 'rollout@1',
  sinceFold: 1,
  initialContext: bornWith(NO_COUNTS_1),
})

function bornWith(none: Counts): Chart<RolloutContext>['initialContext'] {
  return (input, at) => {
    const { nodes, offline, ...born } = input as unknown as Pick<
      RolloutContext,
      'group' | 'revision' | 'digest' | 'kind' | 'job' | 'policy'
    > & { readonly nodes: number; readonly offline: number }
    const restored = born.policy === null
    return {
      ...born,
      counts: { ...none, nodes, offline },
      stage: restored,
      activate: restored,
      paused: false,
      committed: restored,
      reason: null,
      refusals: [],
      startedAtMs: at.wallMs,
    }
  }
}

function withRefusal(refusals: readonly string[], node: string, reason: string): readonly string[] {
  const text = `${node}: ${reason.slice(0, REFUSAL_LENGTH_MAX)}`
  return refusals.includes(text) ? refusals : [...refusals, text]
}
