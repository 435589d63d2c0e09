import type { GossipSighting, MemberLife } from '../cluster/gossip-log.ts'
import type { FaultKind } from '../faults/fault.ts'
import type { Evidence, Violation } from './evidence.ts'
import { GOSSIP_PROMISES, LONGEST_SUSPICION } from './gossip-promises.ts'

/** So long after a disturbance a member may still be slower than the bound says: its health comes back by and by. */
const RECOVERY_MS = 30_000
/** News of a fresh member needs that long to be everywhere. */
const SETTLED_MS = 10_000

/** Faults of paths: whoever is asked over one of them may seem dead. */
const PATH_FAULTS = new Set<FaultKind>([
  'partition',
  'flap',
  'slow-path',
  'loss',
  'datagram-loss',
  'datagram-late',
  'datagram-cut',
  'stale-central',
])
/** Faults of clocks: a bound in true time says nothing of them. */
const CLOCK_FAULTS = new Set<FaultKind>(['drift', 'wall-jump'])

/**
 * Promise 10: a member that is gone is known as dead by all others within the published bound, in true time; one that
 * lives and can be reached is never declared dead, neither by a member nor in the journal. Both are asked only where
 * the log of faults leaves no excuse.
 */
export function checkGossip(evidence: Evidence): Violation[] {
  if (evidence.topology.gossip === undefined) return []
  const judge = new GossipJudge(evidence)
  return [...judge.falseDeaths(), ...judge.missedDeaths(), ...judge.falseOffline()]
}

/** How long a crash may stay unknown among that many. */
export function publishedBoundMs(preset: keyof typeof GOSSIP_PROMISES, members: number): number {
  const { periodMs, tail, patience, roundMs } = GOSSIP_PROMISES[preset]
  const probedMs = (Math.min(10, 1.25 * members) + tail) * periodMs
  const suspectMs = patience * Math.max(1, Math.log10(members)) * periodMs * LONGEST_SUSPICION
  return probedMs + suspectMs + (1 + 4 * Math.ceil(Math.log10(members + 1))) * roundMs
}

class GossipJudge {
  readonly #evidence: Evidence
  readonly #boundMs: number

  constructor(evidence: Evidence) {
    this.#evidence = evidence
    const members = new Set(evidence.gossip.lives.map(({ id }) => id)).size
    this.#boundMs = publishedBoundMs(evidence.topology.gossip ?? 'lan', Math.max(2, members))
  }

  falseDeaths(): Violation[] {
    return this.#evidence.gossip.sightings.flatMap(({ type, atMs, observer, subject, epoch }) => {
      const life = this.#evidence.gossip.lives.find(one => one.id === subject && one.epoch === epoch)
      const fromMs = atMs - this.#boundMs
      if (type !== 'MEMBER_DEAD' || life === undefined) return []
      if (!isWell(life, fromMs, atMs) || stands(observer, fromMs, atMs)) return []
      if (this.#isDisturbed(PATH_FAULTS, fromMs, atMs)) return []
      return [broken(`${observer.machine} declares ${life.machine} dead at ${told(atMs)}, which is well`)]
    })
  }

  missedDeaths(): Violation[] {
    const { gossip, endMs } = this.#evidence
    return gossip.lives.flatMap(life => {
      const { toMs: goneMs, end } = life.program
      if (goneMs === undefined || end === 'exit' || life.silentSinceMs !== undefined) return []
      const [fromMs, dueMs] = [goneMs - RECOVERY_MS, goneMs + this.#boundMs]
      const isBack = gossip.lives.some(
        ({ id, epoch, atMs }) => id === life.id && epoch > life.epoch && atMs < dueMs,
      )
      if (isBack || dueMs > endMs || life.atMs > goneMs - SETTLED_MS) return []
      if (this.#isDisturbed(PATH_FAULTS, fromMs, dueMs) || this.#isDisturbed(CLOCK_FAULTS, fromMs, dueMs))
        return []
      if (gossip.lives.some(other => stands(other, fromMs, dueMs))) return []
      return gossip.lives
        .filter(other => other.id !== life.id && isWell(other, goneMs - SETTLED_MS, dueMs))
        .filter(other => this.#believesIn(other, life, goneMs) && this.#believesIn(other, life, dueMs))
        .map(({ machine }) =>
          broken(`${machine} does not know ${told(dueMs)} that ${life.machine} died ${told(goneMs)}`),
        )
    })
  }

  falseOffline(): Violation[] {
    const { records, gossip, programs } = this.#evidence
    return records.flatMap(({ atMs, inputs, drafted }) =>
      inputs.flatMap(({ route, body }) => {
        const changes = (route === 'liveness' ? body['changes'] : []) as unknown as readonly Change[]
        return changes.flatMap(({ node, to }) => {
          const fromMs = atMs - this.#boundMs
          const life = gossip.lives.findLast(one => one.machine === node && one.atMs <= atMs)
          // Whoever wrote it, where several might.
          const central =
            drafted?.life ??
            programs.findLast(({ name, fromMs: began }) => name === 'central' && began <= atMs)
          if (to !== 'offline' || life === undefined || central === undefined) return []
          if (!isWell(life, fromMs, atMs) || !ranThrough(central, fromMs, atMs)) return []
          if (this.#isDisturbed(PATH_FAULTS, fromMs, atMs) || this.#isDisturbed(JOURNAL_FAULTS, fromMs, atMs))
            return []
          return [broken(`${node} is journaled offline at ${told(atMs)}, and could be reached all the time`)]
        })
      }),
    )
  }

  /** What a member had told its host of a life by then: that it is there, or no longer. */
  #believesIn(observer: MemberLife, { id, epoch }: MemberLife, atMs: number): boolean {
    const last = this.#evidence.gossip.sightings.findLast(
      one => one.observer === observer && one.subject === id && one.atMs <= atMs && isVerdict(one),
    )
    return (
      last !== undefined && last.epoch <= epoch && last.type !== 'MEMBER_DEAD' && last.type !== 'MEMBER_LEFT'
    )
  }

  #isDisturbed(kinds: ReadonlySet<FaultKind>, fromMs: number, toMs: number): boolean {
    return this.#evidence.spans.some(
      span => kinds.has(span.fault.kind) && span.fromMs <= toMs && (span.toMs ?? Infinity) >= fromMs,
    )
  }
}

const JOURNAL_FAULTS = new Set<FaultKind>(['journal-full', 'journal-unclear'])

interface Change {
  readonly node: string
  readonly to: string
}

interface Life {
  readonly fromMs: number
  readonly toMs: number | undefined
  readonly stands: readonly { readonly fromMs: number; readonly toMs: number | undefined }[]
}

/** It ran all that time, as one life, and did not fall silent by itself. */
function isWell(life: MemberLife, fromMs: number, toMs: number): boolean {
  const isSilent = life.silentSinceMs !== undefined && life.silentSinceMs <= toMs
  return life.atMs <= fromMs && !isSilent && ranThrough(life.program, fromMs, toMs)
}

function ranThrough(program: Life, fromMs: number, toMs: number): boolean {
  return program.fromMs <= fromMs && (program.toMs ?? Infinity) > toMs && !stoodStill(program, fromMs, toMs)
}

function stands({ program }: MemberLife, fromMs: number, toMs: number): boolean {
  return stoodStill(program, fromMs, toMs)
}

function stoodStill(program: Life, fromMs: number, toMs: number): boolean {
  return program.stands.some(stand => stand.fromMs <= toMs && (stand.toMs ?? Infinity) >= fromMs)
}

/** A doubt alone is no verdict. */
function isVerdict({ type }: GossipSighting): boolean {
  return type !== 'MEMBER_SUSPECT' && type !== 'MEMBER_UPDATED'
}

function broken(what: string): Violation {
  return { promise: 10, what }
}

function told(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
