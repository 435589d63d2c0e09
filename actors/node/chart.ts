import { identityAddress, subscriptionAddress } from '../vocabulary/addresses.ts'
import type { On } from '../vocabulary/chart.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { type ActorEvent, emit, type Instruction, spawn, tell } from '../vocabulary/instruction.ts'
import type { NodeReport } from '../vocabulary/report.ts'

export type LivenessState = 'alive' | 'suspect' | 'offline' | 'left'

export interface NodeContext {
  readonly name: string
  /** Public key in hexadecimal: the identity. */
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
  readonly platform: Readonly<Record<string, string>>
  readonly version: string
  /** Group → phase of its subscription, as the subscription tells it. */
  readonly groups: Readonly<Record<string, string>>
  /** Highest sequence of a report that was folded: a repeated one is ignored. */
  readonly reportSeq: number
  /** Wall clock of the last change of liveness. */
  readonly sinceMs: number
}

export type NodeEvent =
  | { readonly type: 'JOIN_GROUP'; readonly group: string }
  | {
      readonly type: 'HELLO'
      readonly labels: Readonly<Record<string, string>>
      readonly platform: Readonly<Record<string, string>>
      readonly version: string
      /** Groups that the node still belongs to. */
      readonly groups: readonly string[]
    }
  | { readonly type: 'REPORT'; readonly report: NodeReport }
  | { readonly type: 'GROUP_PHASE'; readonly group: string; readonly phase: string }
  | { readonly type: 'LIVENESS'; readonly to: LivenessState }
  | { readonly type: 'DRAIN' }
  | { readonly type: 'REMOVE' }

type Liveness = On<NodeEvent, 'LIVENESS'>

const drain = { target: 'draining', actions: 'drainSubscriptions' } as const
const remove = { target: 'left', actions: 'removeSubscriptions' } as const
const returned = { target: 'alive', actions: ['noteSince', 'announceAlive', 'tellOnline'] } as const

/** In a fixed order: a map that came out of a checkpoint has another one than the map that grew. */
function groupsOf({ groups }: NodeContext): string[] {
  return Object.keys(groups).sort()
}

const BUSY = new Set(['staging', 'staged', 'activated'])

/** A node: its lifecycle (join, synchronise, operate, react) and, beside it, its liveness as the journal knows it. */
export const nodeChart = defineChart<NodeContext>({
  kind: 'node',
  name: 'node@1',
  retain: 1_000,
  initialContext: (input, at) => ({
    ...(input as { readonly name: string; readonly key: string }),
    labels: {},
    platform: {},
    version: '',
    groups: {},
    reportSeq: 0,
    sinceMs: at.wallMs,
  }),
  config: {
    type: 'parallel',
    on: {
      REPORT: { guard: 'isNewReport', actions: ['noteReport', 'passReport'] },
      GROUP_PHASE: { actions: 'notePhase' },
      JOIN_GROUP: { actions: ['noteGroup', 'spawnSubscription'] },
    },
    states: {
      lifecycle: {
        initial: 'joining',
        states: {
          joining: {
            on: {
              HELLO: { target: 'syncing', actions: ['noteHello', 'announceJoined'] },
              DRAIN: drain,
              REMOVE: remove,
            },
          },
          syncing: {
            always: { guard: 'isSynced', target: 'operating' },
            on: { HELLO: { actions: 'noteHello' }, DRAIN: drain, REMOVE: remove },
          },
          operating: {
            always: [
              { guard: 'isBusy', target: 'reacting' },
              { guard: 'isWaiting', target: 'syncing' },
            ],
            on: { HELLO: { actions: 'noteHello' }, DRAIN: drain, REMOVE: remove },
          },
          reacting: {
            always: { guard: 'isIdle', target: 'operating' },
            on: { HELLO: { actions: 'noteHello' }, DRAIN: drain, REMOVE: remove },
          },
          draining: { on: { HELLO: { actions: 'noteHello' }, REMOVE: remove } },
          left: { type: 'final' },
        },
      },
      liveness: {
        initial: 'alive',
        on: { REMOVE: '.gone' },
        states: {
          alive: { on: { LIVENESS: [to('suspect'), toOffline('offline'), toOffline('left')] } },
          suspect: {
            on: {
              LIVENESS: [to('alive'), toOffline('offline'), toOffline('left')],
              HELLO: { target: 'alive', actions: ['noteSince', 'announceAlive'] },
            },
          },
          offline: { on: { LIVENESS: [back('alive'), back('suspect'), to('left')], HELLO: returned } },
          left: { on: { LIVENESS: [back('alive'), back('suspect'), to('offline')], HELLO: returned } },
          gone: { type: 'final' },
        },
      },
    },
  },
  guards: {
    isNewReport: ({ reportSeq }, { report }: On<NodeEvent, 'REPORT'>) => report.seq > reportSeq,
    isSynced: ({ groups }) =>
      Object.values(groups).every(phase => phase === 'applied' || phase === 'rejected'),
    isBusy: ({ groups }) => Object.values(groups).some(phase => BUSY.has(phase)),
    isIdle: ({ groups }) => !Object.values(groups).some(phase => BUSY.has(phase)),
    isWaiting: ({ groups }) => Object.values(groups).includes('waiting'),
    isTo: (_, event: Liveness, { to: wanted }: { readonly to: string }) => event.to === wanted,
  },
  updates: {
    noteHello: ({ groups }, { labels, platform, version, groups: known }: On<NodeEvent, 'HELLO'>) => ({
      labels,
      platform,
      version,
      // A deleted group told nobody: what it left here would keep the node busy for ever.
      groups: Object.fromEntries(Object.entries(groups).filter(([group]) => known.includes(group))),
    }),
    noteReport: (_, { report }: On<NodeEvent, 'REPORT'>) => ({ reportSeq: report.seq }),
    notePhase: ({ groups }, { group, phase }: On<NodeEvent, 'GROUP_PHASE'>) => ({
      groups: { ...groups, [group]: phase },
    }),
    noteGroup: ({ groups }, { group }: On<NodeEvent, 'JOIN_GROUP'>) => ({
      groups: { ...groups, [group]: 'waiting' },
    }),
    noteSince: (_, { at }: Liveness) => ({ sinceMs: at.wallMs }),
  },
  instructions: {
    announceJoined: context => emit('node.joined', { node: context.name, groups: groupsOf(context) }),
    passReport: ({ name }, { report }: On<NodeEvent, 'REPORT'>) =>
      report.groups.map(one =>
        tell(subscriptionAddress(one.group, name), { type: 'REPORT', report: one as never }),
      ),
    spawnSubscription: ({ name }, { group }: On<NodeEvent, 'JOIN_GROUP'>) =>
      spawn(subscriptionAddress(group, name), { group, node: name }),
    announce: ({ name }, { to: now }: Liveness) => emit('node.liveness', { node: name, liveness: now }),
    announceAlive: ({ name }) => emit('node.liveness', { node: name, liveness: 'alive' }),
    tellOffline: context => tellSubscriptions(context, { type: 'LIVENESS', offline: true }),
    tellOnline: context => tellSubscriptions(context, { type: 'LIVENESS', offline: false }),
    drainSubscriptions: context => [
      { do: 'reply', body: null },
      emit('node.draining', { node: context.name }),
      ...tellSubscriptions(context, { type: 'DRAIN' }),
    ],
    removeSubscriptions: context => [
      { do: 'reply', body: null },
      emit('node.removed', { node: context.name }),
      ...tellSubscriptions(context, { type: 'REMOVE' }),
      { do: 'stop', address: identityAddress(context.key) },
    ],
  },
})

function tellSubscriptions(context: NodeContext, event: ActorEvent): Instruction[] {
  return groupsOf(context).map(group => tell(subscriptionAddress(group, context.name), event))
}

function to(liveness: LivenessState) {
  return {
    guard: { type: 'isTo', params: { to: liveness } },
    target: liveness,
    actions: ['noteSince', 'announce'],
  }
}

function toOffline(liveness: LivenessState) {
  return { ...to(liveness), actions: ['noteSince', 'announce', 'tellOffline'] }
}

function back(liveness: LivenessState) {
  return { ...to(liveness), actions: ['noteSince', 'announce', 'tellOnline'] }
}
