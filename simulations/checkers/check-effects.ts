import type { EffectStep } from '../cluster/watched-steps.ts'
import type { Evidence, Violation } from './evidence.ts'

/** What can be asked whether it happened: recovery has to. */
const OBSERVABLE: ReadonlySet<string> = new Set(['webhook'])
/** Attempts of one life at one effect, as `docs/architecture.md` bounds them; deliveries are given up sooner here. */
const ATTEMPTS_MAX: Readonly<Record<string, number>> = { compile: 12, webhook: 10 }
/** So many attempts that fail one after the other do not fit into so little time, if each waits longer. */
const HASTY_ATTEMPTS = 7
const HASTY_MS = 40

/**
 * Promise 7: an effect takes effect once, or again with the same content. One at a time is done about it; what may have
 * happened is looked at before it is done again, and what cannot be known is no leave to do it; attempts are bounded
 * and wait for one another ever longer. And what was delivered to nobody is owed or told.
 */
export function checkEffects({ steps, received, waits, records, restores, topology }: Evidence): Violation[] {
  // One that lost the lead and does not know it yet cannot know either what the next one did.
  const isAlone = (topology.centrals ?? 1) === 1

  const byKey = groupBy(steps, ({ key }) => key)
  return [
    ...[...byKey].flatMap(([key, all]) => [
      ...(isAlone ? [all] : [...groupBy(all, ({ life }) => life).values()]).flatMap(one =>
        checkOrder(key, one, restores),
      ),
      ...checkAttempts(key, all, waits),
      ...checkSettled(key, all, records),
    ]),
    ...checkContent(received, restores),
    ...checkDeliveries(steps, received),
  ]
}

function checkOrder(key: string, steps: readonly EffectStep[], restores: Evidence['restores']): Violation[] {
  return steps.flatMap((step, index) => {
    const before = steps[index - 1]
    const violations: Violation[] = []
    if (before?.life === step.life && before.toMs > step.fromMs)
      violations.push(broken(key, `is begun at ${told(step.fromMs)}, and was under way already`))
    if (step.did !== 'perform' || !OBSERVABLE.has(step.kind)) return violations
    const wasTried = steps.slice(0, index).some(({ did, fromMs }) => {
      // What was owed first in records that a restore took away is owed as if for the first time.
      const isForgotten = restores.some(
        ({ keptMs, atMs }) => keptMs < fromMs && fromMs <= atMs && atMs <= step.fromMs,
      )
      return did === 'perform' && !isForgotten
    })
    const looked = before?.life === step.life && before.did === 'observe' ? before.result : undefined
    if (wasTried && looked !== 'absent')
      violations.push(
        broken(key, `is done again at ${told(step.fromMs)}; a look said ${looked ?? 'nothing'}`),
      )
    return violations
  })
}

function checkAttempts(key: string, steps: readonly EffectStep[], waits: Evidence['waits']): Violation[] {
  return [...groupBy(steps, ({ life }) => life)].flatMap(([life, all]) => {
    // Its end is told by the journal: when that does not take it, the effect is tried on.
    if (waits.troubles.some(trouble => trouble.life === life)) return []
    const attempts = all.filter(({ did }, index) => did === 'observe' || all[index - 1]?.did !== 'observe')
    const max = ATTEMPTS_MAX[all[0]?.kind ?? ''] ?? 0
    const violations: Violation[] = []
    if (attempts.length > max) violations.push(broken(key, `is tried ${attempts.length} times`))
    const [first, last] = [attempts[0], attempts[HASTY_ATTEMPTS - 1]]
    const tookMs = attempts.slice(0, HASTY_ATTEMPTS - 1).reduce((sum, one) => sum + one.toMs - one.fromMs, 0)
    if (first !== undefined && last !== undefined && last.fromMs - first.fromMs - tookMs < HASTY_MS)
      violations.push(broken(key, `is tried ${HASTY_ATTEMPTS} times without a pause`))
    return violations
  })
}

/** Delivered is what was done or is there; what nobody ever did or saw is not called so. */
function checkSettled(key: string, steps: readonly EffectStep[], records: Evidence['records']): Violation[] {
  const { event } =
    records
      .flatMap(({ inputs }) => inputs)
      .filter(({ route, body }) => route === 'effect' && body['key'] === key)
      .map(({ body }) => body as unknown as { readonly event: { readonly type: string } })[0] ?? {}
  // A life that ended may have done it without coming to note so.
  const mayBeDone = steps.some(
    ({ result }) => result === 'done' || result === 'there' || result === 'under-way',
  )
  if (event?.type !== 'DELIVERED' || mayBeDone) return []
  return [broken(key, 'is called delivered, and never was')]
}

/** What comes twice is the same twice, unless a restore forgot that it came. */
function checkContent(received: Evidence['received'], restores: Evidence['restores']): Violation[] {
  const bodies = new Map<string, { readonly atMs: number; readonly body: string }>()
  return received.flatMap(({ atMs, delivery, body }) => {
    const known = bodies.get(delivery)
    const isForgotten =
      known !== undefined &&
      restores.some(
        restore => restore.keptMs < known.atMs && known.atMs <= restore.atMs && restore.atMs <= atMs,
      )
    if (known === undefined || isForgotten) bodies.set(delivery, { atMs, body })
    return known === undefined || known.body === body || isForgotten
      ? []
      : [broken(`delivery ${delivery}`, 'came twice, with other words')]
  })
}

/** What is tried again goes under the id of the first try: of one thing there are no more ids than effects. */
function checkDeliveries(steps: readonly EffectStep[], received: Evidence['received']): Violation[] {
  const keys = new Map<string, Set<string>>()
  for (const { key } of steps) {
    // `webhook/ALERT/OCCURRENCE.AGAIN/EVENT/TARGET`
    const about = /^webhook\/(.+\/\d+)\.\d+\/([^/]+)\/[^/]+$/.exec(key)
    if (about !== null) keyed(keys, `${about[1]} ${about[2]}`).add(key)
  }
  const ids = new Map<string, Set<string>>()
  return received.flatMap(({ delivery, body, atMs }) => {
    const { event, alert } = JSON.parse(body) as {
      readonly event: string
      readonly alert: { readonly id: string; readonly occurrence: number }
    }
    const about = `${alert.id}/${alert.occurrence} ${event}`
    const known = keyed(ids, about).add(delivery)
    if (known.size <= keyed(keys, about).size) return []
    return [broken(`for ${about}`, `is delivered under another id at ${told(atMs)}`)]
  })
}

function keyed(sets: Map<string, Set<string>>, name: string): Set<string> {
  const set = sets.get(name) ?? new Set()
  sets.set(name, set)
  return set
}

function groupBy<T, Key>(list: readonly T[], keyOf: (one: T) => Key): ReadonlyMap<Key, readonly T[]> {
  const groups = new Map<Key, T[]>()
  for (const one of list) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

function broken(what: string, how: string): Violation {
  return { promise: 7, what: `effect ${what} ${how}` }
}

function told(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
