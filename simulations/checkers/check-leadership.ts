import type { FaultSpan } from '../faults/fault.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { Evidence, Violation } from './evidence.ts'
import type { SharedEvidence } from './shared-evidence.ts'

/** What is promised, written down a second time: three leases of two seconds, and one of jitter. */
const LEASE_MS = 2_000
/** The fastest clock of a run against the slowest. */
const FASTEST = 1.2
const SLOWEST = 0.8
const SILENT_MS = (3 * LEASE_MS) / FASTEST
/**
 * So long after the last disturbance somebody leads: silence and jitter by the slowest clock, a claim that another won,
 * and a fold of the log.
 */
export const LEADERLESS_MS_MAX = (4 * LEASE_MS) / SLOWEST + 5_000
/** So long a leader may lead that hears nothing, not even itself, by the slowest clock. */
const DEAF_MS_MAX = (4 * LEASE_MS) / SLOWEST + 1_000
/** What happened that long before a takeover may be its reason. */
const REASON_MS = 30_000

/**
 * Promises 5 and 8, of centrals that share a log: one life writes each epoch, and claims it on what it was told, after
 * silence; who was told of a later epoch commands nobody any more; a leader that is well stays, and somebody leads
 * again in bounded time.
 */
export function checkLeadership(evidence: Evidence): Violation[] {
  const { shared } = evidence
  if (shared === undefined) return []
  return [
    ...writersOfEpochs(evidence),
    ...hastyClaims(shared),
    ...lateCommands(evidence, shared),
    ...lateLeaders(shared),
    ...deafLeaders(evidence, shared),
    ...needlessTakeovers(evidence),
    ...leaderlessTimes(evidence, shared),
  ]
}

function writersOfEpochs({ records }: Evidence): Violation[] {
  const writerOf = new Map<number, ProgramLife | undefined>()
  return records.flatMap(({ record: { seq, epoch }, drafted }) => {
    const writer = drafted?.life
    if (!writerOf.has(epoch)) writerOf.set(epoch, writer)
    return writerOf.get(epoch) === writer ? [] : [broken(8, `epoch ${epoch} has a second writer at ${seq}`)]
  })
}

function hastyClaims({ claims }: SharedEvidence): Violation[] {
  return claims.flatMap(({ life, epoch, expectedSeq, toldSeq, atMs, heardAtMs }) => {
    const who = `${life.name} claims epoch ${epoch} at ${told(atMs)}`
    const silentMs = atMs - heardAtMs
    return [
      ...(expectedSeq > toldSeq
        ? [broken(8, `${who} after ${expectedSeq}, and was told up to ${toldSeq}`)]
        : []),
      ...(silentMs < SILENT_MS ? [broken(8, `${who}, ${told(silentMs)} after it heard of a leader`)] : []),
    ]
  })
}

/** Who knows of a later epoch welcomes nobody and desires nothing, in the epoch that is over. */
function lateCommands({ wire }: Evidence, { told: notes, names }: SharedEvidence): Violation[] {
  const centrals = new Set(names)
  return wire.flatMap(({ isSent, from, t, body, atMs }) => {
    if (!isSent || !centrals.has(from) || (t !== 'welcome' && t !== 'desire')) return []
    const { epoch } = (t === 'desire' ? body['desire'] : body) as { readonly epoch: number }
    const known = notes.findLast(one => one.life.machine === from && one.atMs < atMs)
    return known === undefined || known.epoch <= epoch
      ? []
      : [broken(8, `${from} says ${t} of epoch ${epoch} at ${told(atMs)}, and knows of ${known.epoch}`)]
  })
}

/** Who knows of a later epoch does not lead any more. */
function lateLeaders({ leading, told: notes }: SharedEvidence): Violation[] {
  return leading.flatMap(({ atMs, leaders }) =>
    leaders.flatMap(({ name, epoch }) => {
      const known = notes.findLast(one => one.life.machine === name && one.atMs < atMs)
      return known === undefined || known.epoch <= epoch
        ? []
        : [broken(8, `${name} leads with epoch ${epoch} at ${told(atMs)}, and knows of ${known.epoch}`)]
    }),
  )
}

/** Who is told nothing by the log for longer than others need to claim keeps no agents to itself. */
function deafLeaders({ programs }: Evidence, { leading }: SharedEvidence): Violation[] {
  return leading.flatMap(({ atMs, leaders }) =>
    leaders.flatMap(({ name, heardAtMs }) => {
      const ran = programs.some(life => life.name === name && ranThrough(life, heardAtMs, atMs))
      if (!ran || atMs - heardAtMs <= DEAF_MS_MAX) return []
      return [broken(5, `${name} leads at ${told(atMs)}, and was told nothing since ${told(heardAtMs)}`)]
    }),
  )
}

function needlessTakeovers(evidence: Evidence): Violation[] {
  return evidence.records.flatMap(({ record: { seq, epoch }, atMs }, index) => {
    const last = evidence.records[index - 1]
    const before = last?.drafted?.life
    if (before === undefined || last?.record.epoch === epoch) return []
    const fromMs = atMs - REASON_MS
    if (!ranThrough(before, fromMs, atMs) || isDisturbed(evidence, fromMs, atMs)) return []
    return [
      broken(8, `record ${seq} takes epoch ${epoch} from ${before.name}, which was well, ${told(atMs)}`),
    ]
  })
}

function leaderlessTimes(evidence: Evidence, { leading, names }: SharedEvidence): Violation[] {
  let sinceMs: number | undefined
  return leading.flatMap(({ atMs, leaders }) => {
    if (leaders.length > 0) {
      sinceMs = undefined
      return []
    }
    sinceMs ??= atMs
    const fromMs = atMs - LEADERLESS_MS_MAX
    if (sinceMs > fromMs || isDisturbed(evidence, fromMs, atMs)) return []
    const areWell = names.every(name =>
      evidence.programs.some(life => life.name === name && ranThrough(life, fromMs, atMs)),
    )
    return areWell ? [broken(5, `nobody leads since ${told(sinceMs)}, and nothing is wrong`)] : []
  })
}

/** It ran all that time, or since it began, and never stood still. */
function ranThrough(life: ProgramLife, fromMs: number, toMs: number): boolean {
  const isThere = life.fromMs <= fromMs && (life.toMs ?? Infinity) > toMs
  return isThere && !life.stands.some(stand => stand.fromMs <= toMs && (stand.toMs ?? Infinity) >= fromMs)
}

/** Faults that nodes alone feel are no excuse for centrals. */
const HARMLESS: ReadonlySet<string> = new Set([
  'slow-disk',
  'failing-disk',
  'bit-rot',
  'wall-jump',
  'central-wall-jump',
])

function isDisturbed({ spans }: Evidence, fromMs: number, toMs: number): boolean {
  const overlaps = ({ fromMs: began, toMs: ended }: FaultSpan): boolean =>
    began <= toMs && (ended ?? Infinity) >= fromMs
  return spans.some(span => !HARMLESS.has(span.fault.kind) && overlaps(span))
}

function broken(promise: number, what: string): Violation {
  return { promise, what }
}

function told(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
