import { groupAddress, nodeAddress } from '../vocabulary/addresses.ts'
import type { On } from '../vocabulary/chart.ts'
import type { Standing } from '../vocabulary/counts.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit, tell } from '../vocabulary/instruction.ts'
import type { GroupReport } from '../vocabulary/report.ts'

export interface SubscriptionContext extends Standing {
  readonly group: string
  readonly node: string
  /** The standing that the group was last told, so that it hears of changes only. */
  readonly told: Standing
  readonly activation: number
  readonly fallback: GroupReport['fallback']
  readonly processes: number
  /** Wall clock of the last change. */
  readonly sinceMs: number
}

export type SubscriptionEvent =
  | { readonly type: 'REPORT'; readonly report: GroupReport }
  | { readonly type: 'LIVENESS'; readonly offline: boolean }
  | { readonly type: 'DRAIN' }
  | { readonly type: 'REMOVE' }

type Report = On<SubscriptionEvent, 'REPORT'>

const NOWHERE: Standing = { offline: false, active: null, digest: null, progress: null }

/**
 * One node in one group: what its agent last reported. It turns reports and liveness into changes of standing, which
 * is all that a group and its rollouts need to count.
 */
export const subscriptionChart = defineChart<SubscriptionContext>({
  kind: 'sub',
  name: 'sub@1',
  initialContext: (input, at) => ({
    ...(input as { readonly group: string; readonly node: string }),
    ...NOWHERE,
    told: NOWHERE,
    activation: 0,
    fallback: null,
    processes: 0,
    sinceMs: at.wallMs,
  }),
  config: {
    initial: 'following',
    states: {
      following: {
        entry: ['announceJoined', 'tellGroupJoined'],
        initial: 'waiting',
        on: {
          REPORT: [
            report('staging'),
            report('staged'),
            report('activated'),
            report('applied'),
            {
              ...report('rejected'),
              actions: ['note', 'announceRejected', 'tellChange', 'noteTold', 'tellNode'],
            },
            { target: '.waiting', actions: ['note', 'tellChange', 'noteTold', 'tellNode'] },
          ],
          LIVENESS: { actions: ['noteLiveness', 'tellChange', 'noteTold'] },
          DRAIN: { target: 'draining', actions: 'tellGroupLeft' },
          REMOVE: { target: 'removed', actions: ['announceLeft', 'tellGroupLeft'] },
        },
        states: {
          waiting: { description: 'Nothing wanted, or nothing heard yet.' },
          staging: {},
          staged: {},
          activated: { description: 'Processes were told and owe an acknowledgement.' },
          applied: {},
          rejected: {},
        },
      },
      draining: {
        description: 'Not counted any more; goes on with what it has.',
        on: {
          REPORT: { actions: 'note' },
          LIVENESS: { actions: 'noteLiveness' },
          REMOVE: { target: 'removed', actions: 'announceLeft' },
        },
      },
      removed: { type: 'final' },
    },
  },
  guards: {
    isPhase: (_, event: Report, { phase }: { readonly phase: string }) =>
      event.report.progress?.phase === phase,
  },
  updates: {
    note: (_, { report: heard, at }: Report) => ({
      active: heard.active,
      digest: heard.digest,
      activation: heard.activation,
      progress: heard.progress,
      fallback: heard.fallback,
      processes: heard.processes,
      sinceMs: at.wallMs,
    }),
    noteLiveness: (_, { offline }: On<SubscriptionEvent, 'LIVENESS'>) => ({ offline }),
    noteTold: context => ({ told: standingOf(context) }),
  },
  instructions: {
    announceJoined: ({ group, node }) => emit('subscription.joined', { group, node }),
    announceLeft: ({ group, node }) => emit('subscription.left', { group, node }),
    announceRejected: ({ group, node }, { report: { progress } }: Report) =>
      emit('subscription.rejected', {
        group,
        node,
        revision: progress?.revision ?? 0,
        reason: progress?.reason ?? '',
      }),
    tellGroupJoined: ({ group, node, told }) =>
      tell(groupAddress(group), { type: 'SUB_CHANGED', node, before: null, after: plain(told) }),
    tellGroupLeft: ({ group, node, told }) =>
      tell(groupAddress(group), { type: 'SUB_CHANGED', node, before: plain(told), after: null }),
    tellChange: context => {
      const { group, node, told } = context
      const after = standingOf(context)
      return isSame(told, after)
        ? []
        : tell(groupAddress(group), { type: 'SUB_CHANGED', node, before: plain(told), after: plain(after) })
    },
    tellNode: ({ group, node, progress }) =>
      tell(nodeAddress(node), { type: 'GROUP_PHASE', group, phase: progress?.phase ?? 'waiting' }),
  },
})

function report(phase: string) {
  return {
    guard: { type: 'isPhase', params: { phase } },
    target: `.${phase}`,
    actions: ['note', 'tellChange', 'noteTold', 'tellNode'],
  }
}

function standingOf({ offline, active, digest, progress }: Standing): Standing {
  return { offline, active, digest, progress }
}

function isSame(a: Standing, b: Standing): boolean {
  return (
    a.offline === b.offline &&
    a.active === b.active &&
    a.digest === b.digest &&
    a.progress?.revision === b.progress?.revision &&
    a.progress?.phase === b.progress?.phase
  )
}

/** A standing as event data. */
function plain({ offline, active, digest, progress }: Standing) {
  return { offline, active, digest, progress: progress === null ? null : { ...progress } }
}
