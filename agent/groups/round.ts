/**
 * One round of asking processes: all that owe an answer, until the last has given it, one refuses, or time is up. An
 * instance that breaks off without `bye` leaves its debt to its process: the next instance of it takes the debt over.
 */
export interface Round {
  readonly activation: number
  /** Monotonic milliseconds. */
  readonly deadlineMs: number
  /** Instances that owe, by key, with the process they belong to. */
  readonly owing: ReadonlyMap<string, string>
  /** Instances that answered ok: they owe nothing when they connect again. */
  readonly settled: ReadonlySet<string>
  /** How many debts of dead instances wait for a successor, by process. */
  readonly orphaned: ReadonlyMap<string, number>
  readonly result: RoundResult | null
}

export type RoundResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Longest reason that is stored and reported; a process may say what it likes. */
export const REASON_LENGTH_MAX = 1000
/** Processes that a reason names at most. */
const NAMED_MAX = 5

/** `inherited`: debts of instances that are not there, by process; who is there succeeds one of its process. */
export function openRound(
  activation: number,
  deadlineMs: number,
  instances: Iterable<readonly [key: string, process: string]>,
  inherited: ReadonlyMap<string, number> = new Map(),
): Round {
  const owing = new Map(instances)
  let orphaned = inherited
  for (const process of owing.values()) orphaned = withCount(orphaned, process, -1)
  return finished({ activation, deadlineMs, owing, settled: new Set(), orphaned, result: null })
}

/**
 * An instance comes (again) while the round is open: it owes, and may succeed a dead one of its process. One that has
 * answered for itself succeeds nobody, and owes nothing if it still holds what it answered for (`holds`).
 */
export function joined(round: Round, key: string, process: string, holds: boolean): Round {
  if (round.result !== null || round.owing.has(key)) return round
  const hasAnswered = round.settled.has(key)
  if (hasAnswered && holds) return round
  const orphaned = hasAnswered ? round.orphaned : withCount(round.orphaned, process, -1)
  return { ...round, orphaned, owing: new Map(round.owing).set(key, process) }
}

/** An instance of a dead one's process comes, but is not one that this round asks: the debt cannot be asked for. */
export function excused(round: Round, process: string): Round {
  if (round.result !== null) return round
  return finished({ ...round, orphaned: withCount(round.orphaned, process, -1) })
}

export function answered(round: Round, key: string, result: RoundResult): Round {
  const process = round.owing.get(key)
  if (round.result !== null || process === undefined) return round
  if (!result.ok) return { ...round, result: { ok: false, reason: bounded(`${process}: ${result.reason}`) } }
  return finished({ ...round, owing: without(round.owing, key), settled: new Set(round.settled).add(key) })
}

/** The instance said `bye`: its debt ends. */
export function left(round: Round, key: string): Round {
  if (round.result !== null || !round.owing.has(key)) return round
  return finished({ ...round, owing: without(round.owing, key) })
}

/** The instance broke off: what it owed is pending for its process until the deadline. */
export function brokeOff(round: Round, key: string): Round {
  const process = round.owing.get(key)
  if (round.result !== null || process === undefined) return round
  return { ...round, owing: without(round.owing, key), orphaned: withCount(round.orphaned, process, 1) }
}

/** Time passes: silence until the deadline is a rejection that names who was silent. */
export function ticked(round: Round, nowMs: number): Round {
  if (round.result !== null || nowMs < round.deadlineMs) return round
  const silent = [...new Set(round.owing.values())].map(process => `${process} did not answer in time`)
  const gone = [...round.orphaned.keys()].map(process => `${process} went away and did not come back in time`)
  const all = [...silent, ...gone]
  const more = all.length > NAMED_MAX ? [`and ${all.length - NAMED_MAX} more`] : []
  return {
    ...round,
    result: { ok: false, reason: bounded([...all.slice(0, NAMED_MAX), ...more].join('; ')) },
  }
}

function finished(round: Round): Round {
  const open = round.owing.size > 0 || round.orphaned.size > 0
  return open || round.result !== null ? round : { ...round, result: { ok: true } }
}

function without(map: ReadonlyMap<string, string>, key: string): ReadonlyMap<string, string> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

/** Counts by name; none is kept below one. */
export function withCount(
  counts: ReadonlyMap<string, number>,
  name: string,
  change: 1 | -1,
): ReadonlyMap<string, number> {
  const count = (counts.get(name) ?? 0) + change
  const next = new Map(counts)
  if (count > 0) next.set(name, count)
  else next.delete(name)
  return next
}

function bounded(reason: string): string {
  return reason.length <= REASON_LENGTH_MAX ? reason : `${reason.slice(0, REASON_LENGTH_MAX - 1)}…`
}
