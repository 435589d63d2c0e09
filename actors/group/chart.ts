import { jobAddress, policyRunAddress, rolloutAddress } from '../vocabulary/addresses.ts'
import type { On } from '../vocabulary/chart.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import type { Outcome } from '../vocabulary/group-plan.ts'
import { emit, type Instruction, tell } from '../vocabulary/instruction.ts'
import { beginRollout, commitCandidate, dropCandidate, restoreContent } from './revisions.ts'
import type { GroupContext, GroupEvent } from './context.ts'

/** Furthest that an agent's report may push a group's revision counter: what a restored backup can have missed. */
export const REVISION_JUMP_MAX = 1_000_000

/** Deleted groups whose last revision is remembered, in case one is made again. */
export const GROUPS_KEPT_MAX = 1_000

type RollEvent = On<GroupEvent, 'ROLL'>
type UndoneEvent = On<GroupEvent, 'ROLLOUT_UNDONE'>
type SubEvent = On<GroupEvent, 'SUB_CHANGED'>
type RollbackEvent = On<GroupEvent, 'ROLLBACK'>

/**
 * A group: which revision is committed, which is a candidate, and what they are made of. It numbers revisions, begins
 * rollouts, and puts an older content back as a new revision; whether and when a candidate commits is its policy's
 * decision. Counters of nodes live here so that a rollout begins with the right denominator.
 */
export const groupChart = defineChart<GroupContext>({
  kind: 'group',
  name: 'group@1',
  retain: GROUPS_KEPT_MAX,
  initialContext(input) {
    // A group that is made again goes on counting where the deleted one stopped: revisions are never reused.
    const spec = input as unknown as Pick<
      GroupContext,
      'name' | 'sets' | 'policy' | 'labels' | 'lastRevision'
    >
    return {
      ...spec,
      retry: 0,
      committed: null,
      previous: null,
      candidate: null,
      tracked: null,
      superseded: null,
      revisions: [],
      nodes: 0,
      offline: 0,
      holder: null,
      restoreTo: null,
      waiting: [],
      attempt: null,
      reason: null,
    }
  },
  config: {
    initial: 'steady',
    entry: 'announceDeclared',
    on: {
      RESPEC: { actions: ['respec', 'announceDeclared'] },
      RETRY: { actions: 'countRetry' },
      DELETE: { target: '.deleted', actions: 'endEverything' },
      SUB_CHANGED: { actions: ['countNodes', 'tellRollouts'] },
    },
    states: {
      steady: {
        description: 'Every node that answered has applied what is committed.',
        on: {
          ROLL: [{ guard: 'baseHolds', target: 'rolling', actions: 'begin' }, { actions: 'tellStale' }],
          ROLLBACK: [
            { guard: 'isFirst', actions: 'tellFirst' },
            { target: 'restoring', actions: ['awaitRestore', 'restore'] },
          ],
          ROLLOUT_TRACKED: { guard: 'isTrackedRejected', target: 'degraded', actions: 'noteDegraded' },
          SUB_CHANGED: [
            { guard: 'isAheadOfCommitted', target: 'restoring', actions: ['countNodes', 'raise', 'restore'] },
            { actions: ['countNodes', 'raise', 'tellRollouts'] },
          ],
        },
      },
      rolling: {
        initial: 'advancing',
        entry: ['spawnRollout', 'tellStarted'],
        on: {
          ROLLOUT_COMMITTED: { guard: 'isCandidate', actions: ['commit', 'supersede', 'announceCommitted'] },
          ROLLOUT_SETTLED: [
            {
              guard: 'isOwnRejected',
              target: 'degraded',
              actions: ['noteDegraded', 'endHolder', 'clearHolder'],
            },
            { guard: 'isOwn', target: 'steady', actions: ['endHolder', 'clearHolder'] },
          ],
          ROLLOUT_UNDONE: [
            { guard: 'mustRestore', target: 'restoring', actions: ['drop', 'awaitUndone', 'restore'] },
            {
              guard: 'hasNothingBefore',
              target: 'degraded',
              actions: ['drop', 'noteUndone', 'endUndone', 'clearHolder', 'clearWaiting'],
            },
            { target: 'steady', actions: ['drop', 'endUndone', 'clearHolder', 'clearWaiting'] },
          ],
          ROLLBACK: { actions: ['awaitRestore', 'undoForRollback'] },
          UNDO: { actions: 'undo' },
          SUB_CHANGED: [
            { guard: 'isAhead', actions: ['countNodes', 'raise', 'tellRollouts', 'undoAsOvertaken'] },
            { actions: ['countNodes', 'tellRollouts'] },
          ],
        },
        states: {
          advancing: {
            on: { ROLLOUT_PAUSED: { target: 'paused', actions: ['noteReason', 'tellPaused'] } },
          },
          paused: {
            exit: 'clearReason',
            on: { ROLLOUT_RESUMED: { target: 'advancing', actions: 'tellResumed' } },
          },
        },
      },
      restoring: {
        description: 'An older content went out as a new, committed revision; live nodes are taking it.',
        entry: ['supersede', 'spawnRestore', 'announceCommitted'],
        exit: ['endWaiting', 'clearWaiting'],
        on: {
          ROLLOUT_SETTLED: [
            { guard: 'isTrackedRejected', target: 'degraded', actions: 'noteDegraded' },
            { guard: 'isTracked', target: 'steady' },
          ],
          ROLL: [{ guard: 'baseHolds', target: 'rolling', actions: 'begin' }, { actions: 'tellStale' }],
          ROLLBACK: [
            { guard: 'isFirst', actions: 'tellFirst' },
            { target: 'restoring', reenter: true, actions: ['awaitRestore', 'restore'] },
          ],
          SUB_CHANGED: [
            {
              guard: 'isAhead',
              target: 'restoring',
              reenter: true,
              actions: ['countNodes', 'raise', 'restore'],
            },
            { actions: ['countNodes', 'tellRollouts'] },
          ],
        },
      },
      degraded: {
        description: 'A node rejected what is committed, or nothing good could be put back.',
        exit: 'clearReason',
        on: {
          ROLL: [{ guard: 'baseHolds', target: 'rolling', actions: 'begin' }, { actions: 'tellStale' }],
          ROLLBACK: [
            { guard: 'isFirst', actions: 'tellFirst' },
            { target: 'restoring', actions: ['awaitRestore', 'restore'] },
          ],
          ROLLOUT_TRACKED: { guard: 'isTrackedApplied', target: 'steady' },
          SUB_CHANGED: [
            { guard: 'isAheadOfCommitted', target: 'restoring', actions: ['countNodes', 'raise', 'restore'] },
            { actions: ['countNodes', 'raise', 'tellRollouts'] },
          ],
        },
      },
      deleted: { type: 'final' },
    },
  },
  guards: {
    baseHolds: ({ committed }, { plan }: RollEvent) => plan.base === (committed?.revision ?? null),
    isCandidate: ({ candidate }, { revision }: On<GroupEvent, 'ROLLOUT_COMMITTED'>) =>
      candidate?.revision === revision,
    isFirst: ({ previous }, { to }: RollbackEvent) => to === null && previous === null,
    // The rollout before this one may settle while this one rolls.
    isOwn: ({ candidate, tracked }, { revision }: On<GroupEvent, 'ROLLOUT_SETTLED'>) =>
      candidate === null && tracked === revision,
    isOwnRejected: ({ candidate, tracked }, { revision, rejected }: On<GroupEvent, 'ROLLOUT_SETTLED'>) =>
      candidate === null && tracked === revision && rejected > 0,
    isTracked: ({ tracked }, { revision }: On<GroupEvent, 'ROLLOUT_SETTLED'>) => tracked === revision,
    isTrackedRejected: ({ tracked }, { revision, rejected }: On<GroupEvent, 'ROLLOUT_TRACKED'>) =>
      tracked === revision && rejected > 0,
    isTrackedApplied: ({ tracked }, { revision, rejected }: On<GroupEvent, 'ROLLOUT_TRACKED'>) =>
      tracked === revision && rejected === 0,
    mustRestore: (
      { restoreTo, committed, previous },
      { activated, committed: wasCommitted, reason }: UndoneEvent,
    ) =>
      restoreTo !== null ||
      // An agent is ahead: what is committed must go out above its number, whether or not this one was activated.
      (reason === 'overtaken' && committed !== null) ||
      (activated && (wasCommitted ? previous : committed) !== null),
    hasNothingBefore: (_, { activated }: UndoneEvent) => activated,
    isAhead: isAhead,
    isAheadOfCommitted: (context, event: SubEvent) => context.committed !== null && isAhead(context, event),
  },
  updates: {
    respec: (_, { sets, policy, labels }: On<GroupEvent, 'RESPEC'>) => ({ sets, policy, labels }),
    countRetry: ({ retry }) => ({ retry: retry + 1 }),
    countNodes: ({ nodes, offline }, { before, after }: SubEvent) => ({
      nodes: nodes + Number(after !== null) - Number(before !== null),
      offline: offline + Number(after?.offline === true) - Number(before?.offline === true),
    }),
    raise: (context, event: SubEvent) => (isAhead(context, event) ? { lastRevision: highestAt(event) } : {}),
    begin: beginRollout,
    commit: commitCandidate,
    drop: dropCandidate,
    restore: restoreContent,
    awaitRestore: ({ waiting, candidate, previous }, { job, to, outcome }: RollbackEvent) => ({
      waiting: [...waiting, { job, outcome, reason: null }],
      // Without a target: before its commit a rollout goes back to what is committed, after it to the one before.
      restoreTo: to ?? (candidate === null ? previous : null),
    }),
    awaitUndone: ({ waiting, holder }, { reason }: UndoneEvent) => ({
      holder: null,
      waiting: holder === null ? waiting : [...waiting, { job: holder, outcome: outcomeOf(reason), reason }],
    }),
    noteDegraded: (_, { rejected }: On<GroupEvent, 'ROLLOUT_SETTLED'>) => ({
      reason: `${rejected} ${rejected === 1 ? 'node' : 'nodes'} rejected what is committed`,
    }),
    noteUndone: (_, { reason }: UndoneEvent) => ({
      reason: `the first revision was undone (${reason}) and there is nothing before it to go back to`,
    }),
    noteReason: (_, { reason }: On<GroupEvent, 'ROLLOUT_PAUSED'>) => ({ reason }),
    clearReason: () => ({ reason: null }),
    clearHolder: () => ({ holder: null }),
    clearWaiting: () => ({ waiting: [] }),
  },
  instructions: {
    announceDeclared: ({ name, sets, policy }) => emit('group.declared', { group: name, sets, policy }),
    spawnRollout: ({ name, candidate, nodes, offline }, { plan, job, kind }: RollEvent) => ({
      do: 'spawn',
      address: rolloutAddress(name, candidate?.revision ?? 0),
      input: {
        group: name,
        revision: candidate?.revision ?? 0,
        digest: plan.digest,
        kind,
        job,
        policy: { ...plan.policy },
        nodes,
        offline,
      },
    }),
    spawnRestore: ({ name, committed, nodes, offline }) => ({
      do: 'spawn',
      address: rolloutAddress(name, committed?.revision ?? 0),
      input: {
        group: name,
        revision: committed?.revision ?? 0,
        digest: committed?.digest ?? '',
        kind: 'restore',
        job: committed?.job ?? '',
        policy: null,
        nodes,
        offline,
      },
    }),
    supersede: ({ name, superseded }) =>
      superseded === null ? [] : tell(rolloutAddress(name, superseded), { type: 'SUPERSEDED' }),
    announceCommitted: ({ name, committed }) =>
      emit('group.committed', {
        group: name,
        revision: committed?.revision ?? 0,
        digest: committed?.digest ?? '',
        kind: committed?.kind ?? '',
        job: committed?.job ?? '',
      }),
    tellRollouts: ({ name, candidate, tracked }, { node, before, after }: SubEvent) => {
      const event = {
        type: 'SUB_CHANGED',
        node,
        before: before && { ...before },
        after: after && { ...after },
      }
      return [candidate?.revision, tracked]
        .filter(revision => revision !== undefined && revision !== null)
        .map(revision => tell(rolloutAddress(name, revision), event as never))
    },
    undo: ({ name, candidate, committed }, { reason }: On<GroupEvent, 'UNDO'>) =>
      tell(rolloutAddress(name, candidate?.revision ?? committed?.revision ?? 0), { type: 'UNDO', reason }),
    undoForRollback: ({ name, candidate, committed }) =>
      tell(rolloutAddress(name, candidate?.revision ?? committed?.revision ?? 0), {
        type: 'UNDO',
        reason: 'rolled-back',
      }),
    undoAsOvertaken: ({ name, candidate, committed }) =>
      tell(rolloutAddress(name, candidate?.revision ?? committed?.revision ?? 0), {
        type: 'UNDO',
        reason: 'overtaken',
      }),
    tellStarted: ({ name, candidate, holder }) =>
      toJob(holder, { type: 'GROUP_STARTED', group: name, revision: candidate?.revision ?? 0 }),
    tellStale: ({ name }, { job }: RollEvent) => tell(jobAddress(job), { type: 'GROUP_STALE', group: name }),
    tellPaused: ({ name, holder }, { reason }: On<GroupEvent, 'ROLLOUT_PAUSED'>) => [
      ...toJob(holder, { type: 'GROUP_PAUSED', group: name, reason }),
      emit('rollout.paused', { group: name, reason }),
    ],
    tellResumed: ({ name, holder }) => [
      ...toJob(holder, { type: 'GROUP_RESUMED', group: name }),
      emit('rollout.resumed', { group: name }),
    ],
    endHolder: ({ name, holder, committed }) =>
      toJob(holder, {
        type: 'GROUP_ENDED',
        group: name,
        revision: committed?.revision ?? null,
        outcome: 'committed',
        reason: null,
      }),
    tellFirst: ({ name, committed }, { job }: RollbackEvent) =>
      toJob(job, {
        type: 'GROUP_ENDED',
        group: name,
        revision: committed?.revision ?? null,
        outcome: 'committed',
        reason: 'there is nothing before it to go back to',
      }),
    endUndone: ({ name, holder, lastRevision, waiting }, { reason }: UndoneEvent) => [
      ...toJob(holder, {
        type: 'GROUP_ENDED',
        group: name,
        revision: lastRevision,
        outcome: outcomeOf(reason),
        reason,
      }),
      ...endAll(name, waiting, lastRevision),
    ],
    endWaiting: ({ name, waiting, committed }) => endAll(name, waiting, committed?.revision ?? null),
    endEverything: ({ name, holder, candidate }) => [
      ...toJob(holder, {
        type: 'GROUP_ENDED',
        group: name,
        revision: null,
        outcome: 'failed',
        reason: 'group-deleted',
      }),
      ...(candidate === null
        ? []
        : [{ do: 'stop' as const, address: policyRunAddress(name, candidate.revision) }]),
      { do: 'stop-below', prefix: `rollout/${name}/` },
      { do: 'stop-below', prefix: `sub/${name}/` },
      emit('group.deleted', { group: name }),
    ],
  },
})

function isAhead({ lastRevision }: GroupContext, event: SubEvent): boolean {
  const highest = highestAt(event)
  return highest > lastRevision && highest - lastRevision <= REVISION_JUMP_MAX
}

/** The highest revision that a node knows of, served or only staged: no number that it knows is given out again. */
function highestAt({ after }: SubEvent): number {
  return Math.max(after?.active ?? 0, after?.progress?.revision ?? 0)
}

function outcomeOf(reason: string): Outcome {
  return reason === 'aborted' || reason === 'cancelled' ? 'aborted' : 'rolled-back'
}

function toJob(job: string | null, event: Parameters<typeof tell>[1]): Instruction[] {
  return job === null || job === '' ? [] : [tell(jobAddress(job), event)]
}

function endAll(group: string, waiting: GroupContext['waiting'], revision: number | null): Instruction[] {
  return waiting.flatMap(({ job, outcome, reason }) =>
    toJob(job, { type: 'GROUP_ENDED', group, revision, outcome, reason }),
  )
}
