import type { Evidence, ReadRecord, Violation } from './evidence.ts'

/** Inputs of people that say something without asking for a change. */
const SILENT: ReadonlySet<string> = new Set(['barrier'])

/**
 * Promise 11: each thing that a person asks for has exactly one audit entry, in the record that decides it and in its
 * name; a repetition under the same idempotency key has none, for it changes nothing. What nobody asked for has none
 * either.
 */
export function checkAudit({ records }: Evidence): Violation[] {
  const settled = new Set<string>()
  return records.flatMap(read => {
    const people = read.inputs.filter(
      ({ by, route }) => (by.startsWith('key/') || route === 'redeem') && !SILENT.has(route),
    )
    const fresh = people.filter(input => !settled.has(keyOf(input)))
    const audits = read.outputs.filter(({ type, data }) => type === 'audit' && data['actor'] !== 'system')
    // What was refused is not remembered: it may be asked again.
    if (audits.some(({ data }) => data['outcome'] === 'accepted'))
      for (const input of fresh) if (keyOf(input) !== '') settled.add(keyOf(input))
    return [...asked(read, fresh, audits), ...unheard(read, fresh, audits), ...changes(read, audits)]
  })
}

type Inputs = ReadRecord['inputs']
type Outputs = ReadRecord['outputs']

/** Everything that was asked for is in the audit. One token redeemed again by the same key is a repetition. */
function asked({ record }: ReadRecord, fresh: Inputs, audits: Outputs): Violation[] {
  const asks = tally(fresh.filter(({ route }) => route !== 'redeem').map(({ by }) => by))
  const heard = tally(audits.map(({ data }) => String(data['actor'])))
  return [...asks]
    .filter(([by, times]) => (heard.get(by) ?? 0) !== times)
    .map(([by, times]) => ({
      promise: 11,
      what: `${by} asked ${times} times in record ${record.seq}: the audit has ${heard.get(by) ?? 0}`,
    }))
}

/** Nothing is in the audit that nobody asked for. */
function unheard({ record }: ReadRecord, fresh: Inputs, audits: Outputs): Violation[] {
  const asks = new Set(fresh.map(({ by }) => by))
  return audits
    .map(({ data }) => String(data['actor']))
    .filter(actor => !asks.has(actor) && !actor.startsWith('node/'))
    .map(actor => ({ promise: 11, what: `record ${record.seq} has an audit of ${actor}, who asked nothing` }))
}

const CHANGES: ReadonlySet<string> = new Set([
  'configset.declared',
  'configset.deleted',
  'group.declared',
  'policy.declared',
  'job.accepted',
  'token.created',
  'token.revoked',
  'subscription.joined',
  'node.draining',
  'node.removed',
  'cluster.frozen',
  'cluster.thawed',
])

/** No change is without one that was accepted. */
function changes({ record, outputs }: ReadRecord, audits: Outputs): Violation[] {
  const first = outputs.find(({ type }) => CHANGES.has(type))
  const isAccepted = audits.some(({ data }) => data['outcome'] === 'accepted')
  if (first === undefined || isAccepted) return []
  return [{ promise: 11, what: `${first.type} in record ${record.seq} without an audit that accepted it` }]
}

/** Its idempotency key; empty when it has none. */
function keyOf({ body }: Inputs[number]): string {
  return ((body['idempotency'] ?? {}) as { readonly key?: string }).key ?? ''
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
