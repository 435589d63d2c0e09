import { CLUSTER, groupAddress, lockAddress } from '../vocabulary/addresses.ts'
import type { CborValue } from '../vocabulary/canonical/cbor-value.ts'
import type { Chart, On, StateConfig } from '../vocabulary/chart.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit, type Instruction, tell } from '../vocabulary/instruction.ts'
import type { JobContext, JobEvent, JobInput, JobOutcome } from './context.ts'

/** Ended jobs that stay readable; older ones are in the journal. */
export const JOBS_KEPT_MAX = 2_000
/** How often a job compiles again because a group moved under it, before it gives up. */
export const STALE_MAX = 16

type Context = JobContext & { readonly restore: CborValue | undefined }

/** A group that settles in the very record in which a sibling fails: it has not heard yet that it is to go back. */
const LATE_END = { guard: 'comesTooLate', actions: 'rollBackToo' }

/**
 * A change from its acceptance to its end: locks in name order, a compiled plan, the freeze gate, one rollout a group.
 * It ends succeeded, failed or cancelled, or waits in a state that names why.
 */
const chart: Chart<Context> = {
  kind: 'job',
  name: 'job@2',
  sinceFold: 2,
  retain: JOBS_KEPT_MAX,
  initialContext(input, at) {
    const born = input as unknown as JobInput
    return {
      ...born,
      restore: born.restore,
      held: 0,
      planSeq: at.seq,
      outcomes: [],
      staleCount: 0,
      supersededBy: null,
      reason: null,
      error: null,
      createdAtMs: at.wallMs,
      createdSeq: at.seq,
      finishedAtMs: null,
    }
  },
  config: {
    initial: 'accepted',
    states: {
      accepted: {
        entry: 'announceAccepted',
        always: [
          { guard: 'isControl', target: 'rolling', actions: ['noteRollback', 'tellRollback'] },
          { guard: 'isNothingToDo', target: 'succeeded' },
          { target: 'locking' },
        ],
      },
      locking: {
        entry: 'askForLock',
        on: {
          LOCK_GRANTED: [
            { guard: 'isLastLock', target: 'compiling', actions: 'noteLock' },
            { actions: ['noteLock', 'askForLock'] },
          ],
          CANCEL: { target: 'cancelled', actions: 'acknowledge' },
        },
      },
      compiling: {
        always: [
          { guard: 'isDeletion', target: 'admitting' },
          { guard: 'isPlanOfThisRecord', target: 'admitting' },
        ],
        entry: ['clearReason', 'askForPlan'],
        on: {
          COMPILED: [
            { guard: 'isAnotherPlan', target: 'failed', actions: ['notePlan', 'notePlanMoved'] },
            { target: 'admitting', actions: 'notePlan' },
          ],
          COMPILE_FAILED: { target: 'failed', actions: 'noteError' },
          CANCEL: { target: 'cancelled', actions: 'acknowledge' },
        },
      },
      admitting: {
        description: 'At the freeze gate: the last step before anything new is staged.',
        entry: 'enter',
        on: {
          ADMITTED: [
            { guard: 'isDeletion', target: 'succeeded', actions: 'deleteGroups' },
            { guard: 'isPlanOfThisRecord', target: 'rolling', actions: ['noteRolling', 'tellRoll'] },
            { target: 'compiling', description: 'The freeze outlived the plan.' },
          ],
          FROZEN: { actions: 'noteFrozen' },
          CANCEL: { target: 'cancelled', actions: ['withdraw', 'acknowledge'] },
        },
      },
      rolling: {
        initial: 'running',
        always: [
          { guard: 'allCommitted', target: 'succeeded' },
          { guard: 'allEnded', target: 'failed', actions: 'noteFailure' },
        ],
        on: {
          GROUP_STARTED: { actions: 'noteOutcome' },
          GROUP_ENDED: [
            { guard: 'takesSiblingsDown', actions: ['noteEnd', 'undoSiblings', 'reopenSiblings'] },
            LATE_END,
            { actions: 'noteEnd' },
          ],
          GROUP_STALE: [
            { guard: 'isStaleTooOften', target: 'failed', actions: 'noteStaleFailure' },
            { target: 'compiling', actions: 'noteStale' },
          ],
          CANCEL: [{ guard: 'isAbort', actions: ['undoAll', 'acknowledge'] }, { actions: 'acknowledge' }],
        },
        states: {
          running: { on: { GROUP_PAUSED: { target: 'paused', actions: 'notePaused' } } },
          paused: { exit: 'clearReason', on: { GROUP_RESUMED: 'running' } },
        },
      },
      succeeded: { type: 'final', entry: ended('succeeded') },
      failed: { type: 'final', entry: ended('failed') },
      cancelled: { type: 'final', entry: ended('cancelled') },
    },
  },
  guards: {
    isControl: ({ kind }) => kind === 'rollback',
    isNothingToDo: ({ locks }) => locks.length === 0,
    isLastLock: ({ held, locks }) => held + 1 >= locks.length,
    isDeletion: ({ kind }) => kind === 'delete-group',
    isPlanOfThisRecord: ({ plan, planSeq }, { at }: On<JobEvent, 'LOCK_GRANTED'>) =>
      plan !== null && planSeq === at.seq,
    isAnotherPlan: ({ planDigest }, { plan }: On<JobEvent, 'COMPILED'>) =>
      planDigest !== null && plan.digest !== planDigest,
    allEnded: ({ outcomes }) => outcomes.every(({ outcome }) => outcome !== 'pending'),
    allCommitted: ({ outcomes }) =>
      outcomes.every(({ outcome }) => outcome === 'committed' || outcome === 'unchanged'),
    takesSiblingsDown: ({ onFailure }, { outcome }: On<JobEvent, 'GROUP_ENDED'>) =>
      onFailure === 'rollback-all' && isFailure(outcome),
    // With a reason it says why it cannot go back.
    comesTooLate: ({ onFailure, outcomes }, { outcome, reason }: On<JobEvent, 'GROUP_ENDED'>) =>
      onFailure === 'rollback-all' &&
      outcome === 'committed' &&
      reason === null &&
      outcomes.some(one => one.outcome !== 'pending' && isFailure(one.outcome)),
    isStaleTooOften: ({ staleCount }) => staleCount >= STALE_MAX,
    isAbort: (_, { mode }: On<JobEvent, 'CANCEL'>) => mode === 'abort-and-observe',
  },
  updates: {
    noteFrozen: () => ({ reason: 'the cluster is frozen' }),
    noteLock: ({ held }) => ({ held: held + 1 }),
    clearReason: () => ({ reason: null }),
    notePlan: (_, { plan, shared, at }: On<JobEvent, 'COMPILED'>) => ({
      plan: { ...plan, groups: plan.groups.filter(({ group }) => !shared.some(one => one.group === group)) },
      planSeq: at.seq,
      supersededBy: shared[0]?.job ?? null,
      outcomes: shared.map(({ group, revision, outcome, reason }) => ({ group, revision, outcome, reason })),
    }),
    notePlanMoved: () => ({
      reason: 'the plan moved',
      error: {
        code: 'KONOR_ENGINE_PLAN_MOVED',
        message: 'the plan compiled to another digest than was agreed',
      },
    }),
    noteError: (_, { code, message }: On<JobEvent, 'COMPILE_FAILED'>) => ({
      reason: message,
      error: { code, message },
    }),
    noteRolling: ({ plan, outcomes, groups }) => ({
      outcomes: [
        ...outcomes,
        ...(plan?.groups ?? []).map(({ group }) => pending(group)),
        // A group whose declaration changed without any new content has nothing to roll out.
        ...unchangedGroups(groups, plan, outcomes),
      ],
    }),
    noteRollback: ({ groups }) => ({ outcomes: groups.map(pending) }),
    noteOutcome: ({ outcomes }, { group, revision }: On<JobEvent, 'GROUP_STARTED'>) => ({
      outcomes: replaced(outcomes, { group, revision, outcome: 'pending', reason: null }),
    }),
    noteEnd: ({ outcomes }, { group, revision, outcome, reason }: On<JobEvent, 'GROUP_ENDED'>) => ({
      outcomes: replaced(outcomes, { group, revision, outcome, reason }),
    }),
    reopenSiblings: ({ outcomes }, { group }: On<JobEvent, 'GROUP_ENDED'>) => ({
      outcomes: outcomes.map(one =>
        one.group !== group && one.outcome === 'committed' ? { ...one, outcome: 'pending' as const } : one,
      ),
    }),
    noteStale: ({ staleCount }) => ({ staleCount: staleCount + 1, plan: null, outcomes: [] }),
    noteStaleFailure: () => ({ reason: 'the group moved each time it was planned' }),
    notePaused: (_, { reason }: On<JobEvent, 'GROUP_PAUSED'>) => ({ reason }),
    noteFailure: ({ outcomes }) => ({ reason: failureOf(outcomes) }),
    noteFinished: (_, { at }: { readonly at: { readonly wallMs: number } }) => ({ finishedAtMs: at.wallMs }),
  },
  instructions: {
    announceAccepted: ({ id, kind, by }) => emit('job.accepted', { job: id, kind, by }),
    acknowledge: () => ({ do: 'reply', body: null }),
    enter: ({ id }) => tell(CLUSTER, { type: 'ENTER', job: id }),
    withdraw: ({ id }) => tell(CLUSTER, { type: 'WITHDRAW', job: id }),
    askForLock: ({ id, locks, held }) => {
      const resource = locks[held]
      return resource === undefined ? [] : tell(lockAddress(resource), { type: 'ACQUIRE', job: id })
    },
    releaseLocks: ({ id, locks, held }) =>
      // One more than it holds: it may still stand in the queue of the next.
      locks.slice(0, held + 1).map(resource => tell(lockAddress(resource), { type: 'RELEASE', job: id })),
    askForPlan: ({ id, kind, plan, planSeq }, { at }: On<JobEvent, 'LOCK_GRANTED'>) =>
      kind === 'delete-group' || (plan !== null && planSeq === at.seq)
        ? []
        : { do: 'effect', key: `job/${id}#compile.${at.seq}`, kind: 'compile', data: { job: id } },
    tellRoll: ({ id, kind, plan }) =>
      (plan?.groups ?? []).map(group =>
        tell(groupAddress(group.group), { type: 'ROLL', job: id, kind, plan: group as unknown as CborValue }),
      ),
    tellRollback: ({ id, groups, restore }) =>
      groups.map(group =>
        tell(groupAddress(group), { type: 'ROLLBACK', job: id, to: restore ?? null, outcome: 'committed' }),
      ),
    undoAll: ({ outcomes }) => undo(outcomes, 'cancelled'),
    undoSiblings: ({ id, outcomes }, { group }: On<JobEvent, 'GROUP_ENDED'>) => [
      ...undo(
        outcomes.filter(one => one.group !== group),
        'sibling-failed',
      ),
      ...outcomes
        .filter(one => one.group !== group && one.outcome === 'committed')
        .map(one =>
          tell(groupAddress(one.group), { type: 'ROLLBACK', job: id, to: null, outcome: 'rolled-back' }),
        ),
    ],
    rollBackToo: ({ id }, { group }: On<JobEvent, 'GROUP_ENDED'>) =>
      tell(groupAddress(group), { type: 'ROLLBACK', job: id, to: null, outcome: 'rolled-back' }),
    deleteGroups: ({ groups }) => groups.map(group => tell(groupAddress(group), { type: 'DELETE' })),
    announceEnded: ({ id, kind, outcomes, reason }, _: unknown, { state }: { readonly state: string }) =>
      emit('job.ended', {
        job: id,
        kind,
        state,
        reason: reason ?? '',
        groups: outcomes.map(one => ({ ...one })),
      }),
  },
}

export const jobChart = defineChart(chart)

/** Of fold version 1: all or nothing left a group committed that settled in the record in which another failed. */
export const jobChart1 = defineChart<Context>({
  ...chart,
  name: 'job@1',
  sinceFold: 1,
  config: withoutLateEnd(chart.config),
})

function withoutLateEnd(config: StateConfig): StateConfig {
  const rolling = config.states?.['rolling']
  const ends = (rolling?.on?.['GROUP_ENDED'] ?? []) as readonly unknown[]
  const on = { ...rolling?.on, GROUP_ENDED: ends.filter(one => one !== LATE_END) as never }
  return { ...config, states: { ...config.states, rolling: { ...rolling, on } } }
}

function isFailure(outcome: JobOutcome['outcome']): boolean {
  return outcome !== 'committed' && outcome !== 'unchanged'
}

function ended(state: string) {
  return ['noteFinished', 'releaseLocks', { type: 'announceEnded', params: { state } }]
}

function pending(group: string): JobOutcome {
  return { group, revision: null, outcome: 'pending', reason: null }
}

function replaced(outcomes: readonly JobOutcome[], one: JobOutcome): readonly JobOutcome[] {
  return outcomes.map(other => (other.group === one.group ? one : other))
}

function unchangedGroups(
  groups: readonly string[],
  plan: JobContext['plan'],
  outcomes: readonly JobOutcome[],
): readonly JobOutcome[] {
  const known = new Set([
    ...(plan?.groups ?? []).map(({ group }) => group),
    ...outcomes.map(({ group }) => group),
  ])
  return groups
    .filter(group => !known.has(group))
    .map(group => ({ group, revision: null, outcome: 'unchanged', reason: null }))
}

function failureOf(outcomes: readonly JobOutcome[]): string {
  return outcomes
    .filter(({ outcome }) => outcome !== 'committed' && outcome !== 'unchanged')
    .map(({ group, outcome, reason }) => `${group} ${outcome}${reason === null ? '' : ` (${reason})`}`)
    .join(', ')
}

function undo(outcomes: readonly JobOutcome[], reason: string): Instruction[] {
  return outcomes
    .filter(({ outcome }) => outcome === 'pending')
    .map(({ group }) => tell(groupAddress(group), { type: 'UNDO', reason }))
}
