import type { MemberLife } from '../cluster/gossip-log.ts'
import type { FaultKind } from '../faults/fault.ts'
import type { ProgramLife } from '../world/program-life.ts'
import { publishedBoundMs } from './check-gossip.ts'
import type { Evidence, Violation } from './evidence.ts'

/** How long it takes to call a node offline by its link alone; a new central accuses nobody before. */
const LINK_BOUND_MS = 18_000
/** Of a node that gossip does not know: its link is lost for so long before it is offline. */
const MISSING_MS = 10_000
/** Silence of a link that counts; a link that was heard since a doubt began objects to it. */
const SILENCE_MS = 6_000
/** Between a verdict and its record: at most one record a second, and the journal takes its time. */
const RECORD_MS = 3_000
/** Until a node that speaks is journaled alive again, with the time that two records take. */
const BACK_MS = 3 * RECORD_MS
/** Clocks of machines may be off by a fifth. */
const SLOWEST = 0.79
const FASTEST = 1.21

const JOURNAL_FAULTS: ReadonlySet<FaultKind> = new Set(['journal-full', 'journal-unclear'])
const HARMS: ReadonlySet<FaultKind> = new Set([
  ...JOURNAL_FAULTS,
  'partition',
  'flap',
  'slow-path',
  'loss',
  'datagram-loss',
  'datagram-late',
  'datagram-cut',
  'drift',
  'wall-jump',
])

/**
 * Promise 10, in the journal: what is written of a node's life follows from what central's own member of gossip and the
 * node's links had told by then, as the guide says; a central that has just begun accuses nobody; and who is gone is
 * written down as gone within the bound.
 */
export function checkLiveness(evidence: Evidence): Violation[] {
  const look = new LivenessLook(evidence)
  return [...look.unfounded(), ...look.missed(), ...look.unheard()]
}

interface Change {
  readonly node: string
  readonly to: string
  readonly atMs: number
  readonly central: ProgramLife
}

class LivenessLook {
  readonly #evidence: Evidence
  readonly #changes: readonly Change[]

  constructor(evidence: Evidence) {
    this.#evidence = evidence
    const centrals = evidence.programs.filter(({ name }) => name === 'central')
    this.#changes = evidence.records.flatMap(({ atMs, inputs, drafted }) => {
      const central = drafted?.life ?? centrals.findLast(({ fromMs }) => fromMs <= atMs)
      return inputs.flatMap(({ route, body }) => {
        const changes = (route === 'liveness' ? body['changes'] : []) as unknown as readonly Change[]
        return central === undefined ? [] : changes.map(({ node, to }) => ({ node, to, atMs, central }))
      })
    })
  }

  unfounded(): Violation[] {
    return this.#changes.flatMap(change => {
      const { to, atMs } = change
      if (this.#isHarmed(JOURNAL_FAULTS, '', atMs - RECORD_MS, atMs) || this.#hasWaited(atMs)) return []
      if (to === 'offline' || to === 'suspect') {
        const early = this.#early(change)
        if (early !== undefined) return [broken(change, early)]
      }
      const why =
        to === 'offline' ? this.#whyNotOffline(change) : to === 'left' ? this.#whyNotLeft(change) : undefined
      return why === undefined ? [] : [broken(change, why)]
    })
  }

  /** It was said while an append was slow: what waits for that one is folded as it was said, and then corrected. */
  #hasWaited(atMs: number): boolean {
    const { troubles } = this.#evidence.waits
    return troubles.some(({ fromMs, toMs }) => fromMs <= atMs && toMs >= atMs - RECORD_MS)
  }

  #early({ central, atMs }: Change): string | undefined {
    const { gossip } = this.#evidence.topology
    const boundMs = Math.max(LINK_BOUND_MS, gossip === undefined ? 0 : publishedBoundMs(gossip, 2))
    const isFast = this.#isHarmed(new Set(['drift']), 'central', central.fromMs, atMs)
    const leastMs = isFast ? boundMs / FASTEST : boundMs
    const ageMs = atMs - central.fromMs
    return ageMs < leastMs ? `by a central that began ${Math.round(ageMs)} ms ago` : undefined
  }

  #whyNotOffline({ node, central, atMs }: Change): string | undefined {
    const heardMs = this.#heardMs(node, central, atMs)
    const silentMs = atMs - heardMs
    const told = this.#told(node, central, atMs)
    if (told === undefined)
      return silentMs < MISSING_MS * SLOWEST
        ? `which spoke on its link ${Math.round(silentMs)} ms ago`
        : undefined
    const { verdict, doubtedMs } = told
    if (verdict === 'MEMBER_SUSPECT') return 'which gossip only suspects'
    if (verdict !== 'MEMBER_DEAD' && verdict !== 'MEMBER_LEFT') return 'which gossip knows alive'
    return heardMs > doubtedMs && silentMs < (SILENCE_MS - RECORD_MS) * SLOWEST
      ? `which has objected on its link ${Math.round(silentMs)} ms ago`
      : undefined
  }

  /** Somebody must have said farewell, and not have come back since. */
  #whyNotLeft({ node, central, atMs }: Change): string | undefined {
    const { links } = this.#evidence
    const before = links.filter(({ by, atMs: saidMs }) => by === central && saidMs <= atMs)
    const farewell = before.findLast(
      ({ what, t, other }) => what === 'got' && t === 'leave' && other?.machine === node,
    )
    const told = this.#told(node, central, atMs)
    if (farewell === undefined && told?.verdict !== 'MEMBER_LEFT') return 'which never said farewell'
    const leftMs = Math.max(farewell?.atMs ?? 0, told?.verdict === 'MEMBER_LEFT' ? told.doubtedMs : 0)
    const welcome = before.findLast(
      ({ what, t, other }) => what === 'sent' && t === 'welcome' && other?.machine === node,
    )
    const isBack = welcome !== undefined && welcome.atMs > leftMs && atMs - welcome.atMs > RECORD_MS
    return isBack ? 'which was welcomed since its farewell' : undefined
  }

  /** Who crashed, and whom central could have missed, is offline in the journal in time. */
  missed(): Violation[] {
    const { gossip, topology, programs, endMs, shared } = this.#evidence
    // Of several centrals another may have to take over first.
    if (shared !== undefined) return []
    const members = Math.max(2, new Set(gossip.lives.map(({ id }) => id)).size)
    const gossipMs = topology.gossip === undefined ? 0 : publishedBoundMs(topology.gossip, members)
    const boundMs = Math.max(LINK_BOUND_MS, gossipMs) + RECORD_MS
    return programs.flatMap(agent => {
      const { name, machine, toMs: goneMs, end } = agent
      if (!name.endsWith('/agent') || goneMs === undefined || end === 'exit') return []
      const central = programs.findLast(one => one.name === 'central' && one.fromMs <= goneMs)
      const dueMs = goneMs + boundMs
      if (central === undefined || (central.toMs ?? Infinity) <= dueMs || dueMs > endMs) return []
      if (central.fromMs + boundMs > goneMs || stood(central, goneMs - boundMs, dueMs)) return []
      if (!this.#isWelcomed(machine, agent) || this.#isReplaced(machine, goneMs, dueMs)) return []
      if (this.#isHarmed(HARMS, '', goneMs - boundMs, dueMs)) return []
      if (programs.some(one => one.name === name && one.fromMs > goneMs && one.fromMs < dueMs)) return []
      const isKnown = this.#changes.some(
        ({ node, to, atMs }) => node === machine && to === 'offline' && atMs >= goneMs && atMs <= dueMs,
      )
      return isKnown
        ? []
        : [{ promise: 10, what: `${machine} died at ${told(goneMs)}, and is not journaled offline` }]
    })
  }

  /** Who is called gone while its link is up, because both crossed, is journaled alive again as soon as it is heard. */
  unheard(): Violation[] {
    const { links, endMs } = this.#evidence
    return this.#changes.flatMap(change => {
      const { node, to, atMs, central } = change
      const dueMs = atMs + BACK_MS
      if (to !== 'left' || dueMs > endMs || (central.toMs ?? Infinity) <= dueMs) return []
      const own = links.filter(({ by, other }) => by === central && other?.machine === node)
      const welcome = own.findLast(one => one.what === 'sent' && one.t === 'welcome' && one.atMs <= atMs)
      if (welcome === undefined || stood(central, welcome.atMs, dueMs)) return []
      const after = own.filter(
        one => one.link === welcome.link && one.atMs >= welcome.atMs && one.atMs <= dueMs,
      )
      if (after.some(one => one.what === 'end' || one.t === 'leave')) return []
      const isHeard = after.some(one => one.what === 'got' && SPOKEN.has(one.t) && one.atMs > atMs)
      if (!isHeard || this.#isReplaced(node, welcome.atMs, dueMs)) return []
      if (this.#isHarmed(JOURNAL_FAULTS, '', welcome.atMs - RECORD_MS, dueMs)) return []
      const isBack = this.#changes.some(
        one => one.node === node && one.to !== 'left' && one.atMs >= atMs && one.atMs <= dueMs,
      )
      return isBack ? [] : [broken(change, 'and stays so though it speaks on its link')]
    })
  }

  /** What the node's member is by what central's member told, and since when it is doubted; undefined: unknown. */
  #told(
    node: string,
    central: ProgramLife,
    atMs: number,
  ): { verdict: string; doubtedMs: number } | undefined {
    const { lives, sightings } = this.#evidence.gossip
    const ids = new Set(lives.filter(life => life.machine === node).map(({ id }) => id))
    const seen = sightings.filter(
      ({ observer, subject, atMs: toldMs, type }) =>
        observer.program === central && ids.has(subject) && toldMs <= atMs && type !== 'MEMBER_UPDATED',
    )
    const last = seen.at(-1)
    if (last === undefined) return undefined
    const alive = seen.findLastIndex(({ type }) => type === 'MEMBER_JOINED' || type === 'MEMBER_ALIVE')
    return { verdict: last.type, doubtedMs: seen[alive + 1]?.atMs ?? atMs }
  }

  /** When central heard the node's agent last on a link that it had welcomed. */
  #heardMs(node: string, central: ProgramLife, atMs: number): number {
    const { links } = this.#evidence
    const last = links.findLast(
      ({ what, t, by, other, atMs: heardMs }) =>
        what === 'got' && by === central && other?.machine === node && heardMs <= atMs && SPOKEN.has(t),
    )
    return last?.atMs ?? -Infinity
  }

  #isWelcomed(machine: string, agent: ProgramLife): boolean {
    return this.#evidence.links.some(
      ({ what, t, other }) =>
        what === 'sent' && t === 'welcome' && other === agent && other.machine === machine,
    )
  }

  /** Another took its name, or it was taken off the list. */
  #isReplaced(machine: string, fromMs: number, toMs: number): boolean {
    const { answers, rebuilt } = this.#evidence
    return (
      rebuilt.some(({ node, atMs }) => node === machine && atMs <= toMs) ||
      answers.some(
        ({ deed, askedAtMs }) => 'node' in deed && deed.node === machine && askedAtMs < toMs && fromMs > 0,
      )
    )
  }

  #isHarmed(kinds: ReadonlySet<FaultKind>, machine: string, fromMs: number, toMs: number): boolean {
    return this.#evidence.spans.some(
      ({ fault, fromMs: beganMs, toMs: endedMs }) =>
        kinds.has(fault.kind) &&
        beganMs <= toMs &&
        (endedMs ?? Infinity) >= fromMs &&
        (machine === '' || !('machine' in fault) || fault.machine === machine),
    )
  }
}

/** Only one that was welcomed says these. */
const SPOKEN: ReadonlySet<string> = new Set(['report', 'ping', 'fetch'])

function stood({ stands }: Pick<MemberLife['program'], 'stands'>, fromMs: number, toMs: number): boolean {
  return stands.some(stand => stand.fromMs <= toMs && (stand.toMs ?? Infinity) >= fromMs)
}

function broken({ node, to, atMs }: Change, why: string): Violation {
  return { promise: 10, what: `${node} is journaled ${to} at ${told(atMs)}, ${why}` }
}

function told(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
