import { STALE_MACHINE } from '../cluster/stale-central.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { Evidence, Violation } from './evidence.ts'
import { everWritten } from './journal-ages.ts'
import type { LinkEntry } from './link-history.ts'

/** Clocks of machines may run slow by a fifth: what takes so long by them takes longer in truth. */
const SLOWEST = 0.79
/** A report that is not recorded is said again after so long, or with the next look at what is not recorded. */
const RESEND_MS = 2 * 5_000
/** What follows at once from a message is there after so long. */
const AT_ONCE_MS = 1_000
/** Longest wait between two tries to reach central. */
const RETRY_MS = 5_000
/** Silence that an agent takes for the end of a link, in heartbeats; and its heartbeat until it is told another. */
const HEARTBEATS_MISSED = 4
const HEARTBEAT_MS = 5_000
/** Silence that central does not take for less. */
const CENTRAL_SILENCE_MS = 6_000
/** Pieces of bundles take turns on the way out of central. */
const CHUNK_MS = 30_000
/** Fetches of one link that wait for their answer, as the guide of bounds has it. */
const FETCHES_MAX = 16
/** An agent that is stopped looks for central no more while it says farewell. */
const FAREWELL_MS = 15_000

/**
 * Promises 1, 5, 8 and 10 on the links: an agent says where it stands at each link-up, says again what was not
 * recorded, and comes back whatever happened; central records before it says so, gives what is asked for, and listens
 * to the newest link of a node; nobody calls silent whom it could not hear. What is told: `check-desires.ts`.
 */
export function checkLinks(evidence: Evidence): Violation[] {
  const { links } = evidence
  const byLink = groupBy(
    links.filter(entry => entry.link > 0 && !isOfStaleCentral(entry)),
    ({ link }) => link,
  )
  const said = new Map<ProgramLife, Set<string>>()
  const wrong = [...byLink.values()].flatMap(entries => {
    const look = new LinkLook(entries, evidence)
    return [...look.linkUp(said), ...look.resent(), ...look.given(), ...look.busy(), ...look.silences()]
  })
  return [...wrong, ...recorded(evidence), ...retries(evidence), ...replaced(links)]
}

/** One link, from its first message to its end. */
class LinkLook {
  readonly #entries: readonly LinkEntry[]
  readonly #endMs: number
  readonly #spans: Evidence['spans']

  constructor(entries: readonly LinkEntry[], { endMs, spans }: Evidence) {
    this.#entries = entries
    this.#endMs = endMs
    this.#spans = spans
  }

  /** What an agent has said of its groups before, it says again to each central that welcomes it. */
  linkUp(said: Map<ProgramLife, Set<string>>): Violation[] {
    return this.#entries.flatMap(entry => {
      const { what, t, by, atMs, body } = entry
      const known = said.get(by) ?? new Set<string>()
      said.set(by, known)
      if (t === 'desire' && what === 'got') {
        const { group, removed } = desireIn(body)
        if (removed) known.delete(group)
      }
      if (what === 'sent' && t === 'report') for (const group of groupsOf(entry)) known.add(group)
      if (what !== 'got' || t !== 'welcome' || !this.#lasts(by, atMs, AT_ONCE_MS)) return []
      if (this.#isDiskHarmed(by, atMs)) return []
      const owed = (body['groups'] as string[]).filter(group => known.has(group))
      const told = this.#between('sent', 'report', by, atMs, atMs + AT_ONCE_MS / SLOWEST).flatMap(groupsOf)
      return owed
        .filter(group => !told.includes(group))
        .map(group => broken(5, entry, `is welcomed and does not say where ${group} stands`))
    })
  }

  resent(): Violation[] {
    return this.#entries.flatMap(entry => {
      const { what, t, by, atMs, body } = entry
      if (what !== 'sent' || t !== 'report' || !this.#lasts(by, atMs, RESEND_MS)) return []
      const dueMs = atMs + RESEND_MS / SLOWEST
      const answers = this.#between('got', 'recorded', by, atMs, dueMs)
      if (answers.some(answer => answer.body['seq'] === body['seq'])) return []
      const later = this.#between('sent', 'report', by, atMs, dueMs).filter(one => one !== entry)
      const repeated = new Set(later.flatMap(groupsOf))
      const forgotten = this.#forgotten(by, dueMs)
      const isRepeated = groupsOf(entry).every(
        group => repeated.has(group) || forgotten.has(group) || this.#isForeign(by, group, dueMs),
      )
      return isRepeated ? [] : [broken(1, entry, `never repeats report ${String(body['seq'])}`)]
    })
  }

  /** The node was taken out of it while it was away: neither its welcome nor a desire names the group any more. */
  #isForeign(by: ProgramLife, group: string, untilMs: number): boolean {
    const welcome = this.#between('got', 'welcome', by, 0, untilMs).at(-1)
    if (welcome === undefined || (welcome.body['groups'] as string[]).includes(group)) return false
    return !this.#between('got', 'desire', by, 0, untilMs).some(({ body }) => desireIn(body).group === group)
  }

  /** Groups that the agent was told to leave, by that time: nobody wants to hear of them. */
  #forgotten(by: ProgramLife, untilMs: number): ReadonlySet<string> {
    const forgotten = new Set<string>()
    for (const { body } of this.#between('got', 'desire', by, 0, untilMs)) {
      const { group, removed } = desireIn(body)
      if (removed) forgotten.add(group)
      else forgotten.delete(group)
    }
    return forgotten
  }

  /** A piece of a bundle that is asked for is given or refused. */
  given(): Violation[] {
    return this.#entries.flatMap(entry => {
      const { what, t, by, atMs, body } = entry
      if (what !== 'got' || t !== 'fetch' || !this.#lasts(by, atMs, CHUNK_MS)) return []
      const untilMs = atMs + CHUNK_MS / SLOWEST
      const isGiven = this.#between('sent', 'chunk', by, atMs, untilMs).some(
        chunk => chunk.body['digest'] === body['digest'] && chunk.body['offset'] === body['offset'],
      )
      const isRefused = this.#between('sent', 'refused', by, atMs, untilMs).some(
        refusal => refusal.body['about'] === body['digest'],
      )
      return isGiven || isRefused
        ? []
        : [broken(5, entry, `never answers a fetch at ${String(body['offset'])}`)]
    })
  }

  /** Nobody is turned away as one too many who is not. */
  busy(): Violation[] {
    return this.#entries.flatMap(entry => {
      const { what, t, by, atMs, body } = entry
      const isRefused = what === 'sent' && t === 'refused' && body['code'] === 'KONOR_LINK_BLOB_BUSY'
      return isRefused && !this.#isBusy(by, atMs)
        ? [broken(5, entry, 'calls itself busy with fetches, and is not')]
        : []
    })
  }

  /** So many pieces were asked for on this link, and not answered, that no more of them need to be taken. */
  #isBusy(by: ProgramLife, atMs: number): boolean {
    const count = (what: LinkEntry['what'], t: string): number => this.#between(what, t, by, 0, atMs).length
    return count('got', 'fetch') - count('sent', 'chunk') > FETCHES_MAX
  }

  /** Who ends a link because the other is silent has heard nothing for so long, and could have. */
  silences(): Violation[] {
    return this.#entries.flatMap(entry => {
      if (entry.what !== 'end' || entry.t !== 'KONOR_LINK_SILENT') return []
      const { by, atMs } = entry
      const heard = this.#entries.filter(one => one.what === 'got' && one.by === by && one.atMs <= atMs)
      const welcome = heard.find(({ t }) => t === 'welcome')
      const beatMs = Number(welcome?.body['heartbeatMs'] ?? HEARTBEAT_MS)
      const leastMs = (isCentral(by) ? CENTRAL_SILENCE_MS : beatMs * HEARTBEATS_MISSED) * SLOWEST
      const lastMs = heard.at(-1)?.atMs
      if (lastMs !== undefined && atMs - lastMs < leastMs)
        return [broken(10, entry, `calls silent whom it heard ${Math.round(atMs - lastMs)} ms ago`)]
      const stood = by.stands.find(
        ({ fromMs, toMs = Infinity }) =>
          fromMs < atMs && toMs > atMs - leastMs && Math.min(toMs, atMs) - fromMs > 1.5 * beatMs,
      )
      return stood === undefined ? [] : [broken(10, entry, 'stood still, and calls the other one silent')]
    })
  }

  #between(what: LinkEntry['what'], t: string, by: ProgramLife, fromMs: number, toMs: number): LinkEntry[] {
    return this.#entries.filter(
      one => one.what === what && one.t === t && one.by === by && one.atMs >= fromMs && one.atMs <= toMs,
    )
  }

  /** What an agent accepts it writes down before it goes on. */
  #isDiskHarmed({ machine }: ProgramLife, atMs: number): boolean {
    return this.#spans.some(
      ({ fault, fromMs, toMs = Infinity }) =>
        (fault.kind === 'slow-disk' || fault.kind === 'failing-disk') &&
        fault.machine === machine &&
        fromMs < atMs + AT_ONCE_MS / SLOWEST &&
        toMs > atMs - AT_ONCE_MS,
    )
  }

  /** Both ends of the link were there, and this program ran, for so long by its own clock. */
  #lasts(by: ProgramLife, fromMs: number, ms: number): boolean {
    const toMs = fromMs + ms / SLOWEST
    const isOver = this.#entries.some(({ what, atMs }) => what === 'end' && atMs <= toMs)
    return !isOver && toMs < this.#endMs && ranThrough(by, fromMs, toMs)
  }
}

/** What central calls recorded is in the journal by then. */
function recorded({ links, ...evidence }: Evidence): Violation[] {
  const durable = new Map<string, number>()
  for (const { atMs, inputs } of everWritten(evidence))
    for (const { route, body } of inputs) {
      const key = `${String(body['node'])} ${String(body['seq'])}`
      if (route === 'report' && !durable.has(key)) durable.set(key, atMs)
    }
  const nodes = new Map<number, string>()
  return links.flatMap(entry => {
    const { what, t, atMs, body, link } = entry
    if (what === 'sent' && t === 'welcome') nodes.set(link, String(body['node']))
    if (what !== 'sent' || t !== 'recorded') return []
    const sinceMs = durable.get(`${nodes.get(link) ?? ''} ${String(body['seq'])}`) ?? Infinity
    return sinceMs <= atMs
      ? []
      : [broken(1, entry, `calls report ${String(body['seq'])} recorded, which is not`)]
  })
}

/** An agent without a link tries again before long, whatever ended the last one. */
function retries({ links, endMs }: Evidence): Violation[] {
  const byAgent = groupBy(
    links.filter(({ by, what }) => by.name.endsWith('/agent') && what !== 'sent' && what !== 'got'),
    ({ by }) => by,
  )
  return [...byAgent].flatMap(([agent, tries]) =>
    tries.flatMap((entry, index) => {
      if (entry.what === 'dial') return []
      const next = tries[index + 1]
      const untilMs = entry.atMs + RETRY_MS / SLOWEST
      if ((next?.atMs ?? endMs) <= untilMs || !ranThrough(agent, entry.atMs, untilMs)) return []
      if (agent.end === 'exit' && (agent.toMs ?? Infinity) < untilMs + FAREWELL_MS) return []
      return [broken(5, entry, `does not look for central again after ${entry.t || 'the end of its link'}`)]
    }),
  )
}

/** Once a newer link of a node is welcomed, nothing is said to it on an older one. */
function replaced(links: readonly LinkEntry[]): Violation[] {
  const nodes = new Map<number, string>()
  const newest = new Map<string, number>()
  return links.flatMap(entry => {
    const { what, t, by, body, link } = entry
    if (what !== 'sent' || !isCentral(by)) return []
    const node = nodes.get(link)
    if (t === 'welcome') {
      nodes.set(link, String(body['node']))
      newest.set(`${by.name} ${String(body['node'])}`, link)
    }
    const isCommand = t === 'desire' || t === 'recorded' || t === 'chunk'
    return isCommand && node !== undefined && newest.get(`${by.name} ${node}`) !== link
      ? [broken(8, entry, `says ${t} to ${node} on a link that was replaced`)]
      : []
  })
}

function groupBy<K>(entries: readonly LinkEntry[], keyOf: (entry: LinkEntry) => K): Map<K, LinkEntry[]> {
  const groups = new Map<K, LinkEntry[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return groups
}

/** A central that was deposed says old words, and is held to nothing. */
function isOfStaleCentral({ by, other }: LinkEntry): boolean {
  return by.machine === STALE_MACHINE || other?.machine === STALE_MACHINE
}

function isCentral({ name }: ProgramLife): boolean {
  return !name.includes('/')
}

function ranThrough({ toMs, stands }: ProgramLife, fromMs: number, untilMs: number): boolean {
  if ((toMs ?? Infinity) <= untilMs) return false
  return !stands.some(stand => stand.fromMs <= untilMs && (stand.toMs ?? Infinity) >= fromMs)
}

function desireIn(body: LinkEntry['body']): { readonly group: string; readonly removed: boolean } {
  return body['desire'] as unknown as { readonly group: string; readonly removed: boolean }
}

function groupsOf({ body }: LinkEntry): string[] {
  return (body['groups'] as unknown as readonly { readonly group: string }[]).map(({ group }) => group)
}

function broken(promise: number, { by, atMs, link }: LinkEntry, what: string): Violation {
  return { promise, what: `${by.name} ${what}, on link ${link} at ${(atMs / 1_000).toFixed(3)} s` }
}
