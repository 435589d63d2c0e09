import { restOf } from '../vocabulary/address.ts'
import type { CborValue } from '../vocabulary/canonical/cbor-value.ts'
import type { On } from '../vocabulary/chart.ts'
import { defineChart } from '../vocabulary/define-chart.ts'
import { emit, type Instruction } from '../vocabulary/instruction.ts'

/** Alerts that are over and stay readable; older ones are in the journal. */
export const ALERTS_KEPT_MAX = 1_000

export type AlertSeverity = 'warning' | 'critical'

/** What an alert says; what it is about is its address, `alert/KIND/SUBJECT`. */
export interface AlertWords {
  readonly kind: string
  /** The address of what it is about: `node/n7`, `group/web`. */
  readonly subject: string
  readonly severity: AlertSeverity
  /** One sentence for people. */
  readonly summary: string
  /** What was measured, by name. */
  readonly evidence: Readonly<Record<string, CborValue>>
}

export interface AlertContext extends AlertWords {
  /** Its address without the kind of actor: `flapping/node/n7`. */
  readonly id: string
  readonly raisedAtMs: number
  /** Sequence of the record that raised it: with the id, this occurrence. */
  readonly raisedSeq: number
  readonly clearedAtMs: number | null
  /** Why it is over. */
  readonly reason: string | null
  /** How often it was raised again before the word of its end was delivered. */
  readonly again: number
  /** Deliveries that have no result yet, by effect key. */
  readonly pending: readonly string[]
  readonly delivered: number
  readonly undelivered: number
}

/** `targets` names who is told: an opaque id for each webhook, never its address. */
export type AlertEvent =
  | ({ readonly type: 'RAISE'; readonly targets: readonly string[] } & Pick<
      AlertWords,
      'severity' | 'summary' | 'evidence'
    >)
  | { readonly type: 'CLEAR'; readonly reason: string; readonly targets: readonly string[] }
  | { readonly type: 'DELIVERED'; readonly effectKey: string }
  | { readonly type: 'UNDELIVERED'; readonly effectKey: string; readonly reason: string }

/** What a webhook is told, as it waits in the outbox: the same bytes at each attempt. */
export interface Delivery extends AlertWords {
  readonly target: string
  readonly event: 'alert.raised' | 'alert.cleared'
  readonly id: string
  readonly raisedSeq: number
  readonly atMs: number
  readonly raisedAtMs: number
  readonly reason: string | null
}

type Settled = On<AlertEvent, 'DELIVERED'> | On<AlertEvent, 'UNDELIVERED'>

/**
 * Something that people should look at, from the time it was noticed to its end. Each change is owed to the webhooks as
 * an effect, which stays in the state until it was delivered or given up; an alert ends when none is left.
 */
export const alertChart = defineChart<AlertContext & { readonly targets: readonly string[] }>({
  kind: 'alert',
  name: 'alert@1',
  retain: ALERTS_KEPT_MAX,
  initialContext(input, at, self) {
    const born = input as unknown as AlertWords & { readonly targets: readonly string[] }
    const { kind, subject, severity, summary, evidence, targets } = born
    const id = restOf(self)
    return {
      kind,
      subject,
      severity,
      summary,
      evidence,
      targets,
      id,
      raisedAtMs: at.wallMs,
      raisedSeq: at.seq,
      clearedAtMs: null,
      reason: null,
      again: 0,
      pending: targets.map(target => effectKey({ id, raisedSeq: at.seq, again: 0 }, 'alert.raised', target)),
      delivered: 0,
      undelivered: 0,
    }
  },
  config: {
    initial: 'raised',
    on: {
      DELIVERED: { actions: 'noteDelivered' },
      UNDELIVERED: { actions: ['noteUndelivered', 'announceUndelivered'] },
    },
    states: {
      raised: {
        entry: ['announceRaised', 'oweRaised'],
        on: { CLEAR: { target: 'clearing', actions: ['noteCleared', 'announceCleared', 'oweCleared'] } },
      },
      clearing: {
        description: 'It is over; somebody is still to be told.',
        always: { guard: 'isSettled', target: 'cleared' },
        on: { RAISE: { target: 'raised', actions: 'noteRaisedAgain' } },
      },
      cleared: { type: 'final' },
    },
  },
  guards: { isSettled: ({ pending }) => pending.length === 0 },
  updates: {
    noteCleared: (context, { reason, targets, at }: On<AlertEvent, 'CLEAR'>) => ({
      clearedAtMs: at.wallMs,
      reason,
      targets,
      pending: [...context.pending, ...targets.map(target => effectKey(context, 'alert.cleared', target))],
    }),
    noteRaisedAgain: (context, { severity, summary, evidence, targets }: On<AlertEvent, 'RAISE'>) => {
      const again = context.again + 1
      const keys = targets.map(target => effectKey({ ...context, again }, 'alert.raised', target))
      const pending = [...context.pending, ...keys]
      return { severity, summary, evidence, targets, again, pending, clearedAtMs: null, reason: null }
    },
    noteDelivered: ({ pending, delivered }, event: Settled) => ({
      pending: without(pending, event.effectKey),
      delivered: delivered + 1,
    }),
    noteUndelivered: ({ pending, undelivered }, event: Settled) => ({
      pending: without(pending, event.effectKey),
      undelivered: undelivered + 1,
    }),
  },
  instructions: {
    announceRaised: context => emit('alert.raised', { ...wordsOf(context) }),
    announceCleared: context => emit('alert.cleared', { ...wordsOf(context), reason: context.reason ?? '' }),
    announceUndelivered: ({ kind, subject }, { reason, effectKey: key }: On<AlertEvent, 'UNDELIVERED'>) =>
      emit('alert.undelivered', { kind, subject, reason, target: key.slice(key.lastIndexOf('/') + 1) }),
    oweRaised: context => owe(context, 'alert.raised', context.raisedAtMs),
    oweCleared: context => owe(context, 'alert.cleared', context.clearedAtMs ?? context.raisedAtMs),
  },
})

function owe(
  context: AlertContext & { readonly targets: readonly string[] },
  event: Delivery['event'],
  atMs: number,
): Instruction[] {
  const { id, raisedSeq, raisedAtMs, reason } = context
  return context.targets.map(target => {
    const delivery: Delivery = { ...wordsOf(context), target, event, id, raisedSeq, atMs, raisedAtMs, reason }
    const key = effectKey(context, event, target)
    return { do: 'effect', key, kind: 'webhook', data: delivery as unknown as CborValue }
  })
}

function wordsOf({ kind, subject, severity, summary, evidence }: AlertWords) {
  return { kind, subject, severity, summary, evidence }
}

/** Unique to one change of one occurrence and one webhook. */
function effectKey(
  { id, raisedSeq, again }: Pick<AlertContext, 'id' | 'raisedSeq' | 'again'>,
  event: Delivery['event'],
  target: string,
): string {
  return `webhook/${id}/${raisedSeq}.${again}/${event}/${target}`
}

function without(keys: readonly string[], key: string): readonly string[] {
  return keys.filter(other => other !== key)
}
