import { alertAddress } from '../../../actors/vocabulary/addresses.ts'
import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { emit, type Instruction, spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import type { AlertWords } from '../../../actors/alert/chart.ts'
import { isDone, isIn } from '../../kernel/actor-record.ts'
import type { Audit, Route } from '../../kernel/input.ts'
import type { StateView } from '../../kernel/kernel-state.ts'
import { refuse } from './refusals.ts'

/** Alerts that may be raised at once: past that, more of them tell nobody anything. */
export const ALERTS_OPEN_MAX = 1_000
/** Deliveries to webhooks that may wait: a receiver that is away must not fill the outbox of everybody else. */
export const DELIVERIES_WAITING_MAX = 1_000

export type AlertChange = { readonly targets: readonly string[] } & (
  | ({ readonly change: 'raise' } & AlertWords)
  | { readonly change: 'clear'; readonly kind: string; readonly subject: string; readonly reason: string }
)

/** Raises or clears an alert. Saying again what is known changes nothing. */
export const alertRoute: Route = (view, input) => {
  const body = input.body as unknown as AlertChange
  const { kind, subject } = body
  const address = alertAddress(kind, subject)
  const record = view.get(address)
  const isOpen = record !== undefined && !isDone(record)
  const isRaised = isOpen && isIn(record, 'raised')
  if (isRaised === (body.change === 'raise')) return { reply: null, instructions: [] }
  const audit: Audit = { action: `alert.${body.change}`, resource: address, detail: { kind, subject } }
  const { targets, dropped } = deliverable(view, body.targets)
  if (body.change === 'clear') {
    const clear = { type: 'CLEAR', reason: body.reason, targets }
    return { audit, reply: null, instructions: [tell(address, clear), ...dropped.map(lost(body))] }
  }
  if (!isOpen && view.count('alert') - view.ended('alert').length >= ALERTS_OPEN_MAX) {
    const message = `${ALERTS_OPEN_MAX} alerts are raised already`
    return refuse('KONOR_ENGINE_QUEUE_FULL', message, { bound: 'ALERTS_OPEN_MAX', max: ALERTS_OPEN_MAX })
  }
  const { severity, summary, evidence } = body
  const raise = isOpen
    ? tell(address, { type: 'RAISE', severity, summary, evidence: evidence as CborValue, targets })
    : spawn(address, { kind, subject, severity, summary, evidence, targets } as CborValue)
  return { audit, reply: null, instructions: [raise, ...dropped.map(lost(body))] }
}

/** All targets, or none of them when too many deliveries wait already. */
function deliverable(view: StateView, targets: readonly string[]) {
  let waiting = 0
  for (const { kind } of view.effects().values()) if (kind === 'webhook') waiting++
  return waiting + targets.length > DELIVERIES_WAITING_MAX
    ? { targets: [], dropped: targets }
    : { targets, dropped: [] }
}

function lost({ kind, subject }: { readonly kind: string; readonly subject: string }) {
  const reason = `${DELIVERIES_WAITING_MAX} deliveries wait already`
  return (target: string): Instruction => emit('alert.undelivered', { kind, subject, reason, target })
}
