import { STALE_MACHINE } from '../cluster/stale-central.ts'
import type { ProgramLife } from '../world/program-life.ts'
import type { Evidence, ReadRecord, Violation } from './evidence.ts'
import { type JournalAge, journalAges } from './journal-ages.ts'
import type { LinkEntry } from './link-history.ts'
import { ClusterModel } from './model/cluster-model.ts'
import { isHeld, type HeardOffer, type Wish, wishOf, wishText } from './model/wish.ts'

/** What follows at once from a record is said after so long, by the slowest clock. */
const AT_ONCE_MS = 1_000 / 0.79
/** More of the same tell nothing. */
const VIOLATIONS_MAX = 5

/** What a link should be told of a group and was not, and since when. */
interface Owed {
  readonly text: string
  readonly sinceMs: number
}

/** What one link heard of one group. */
interface Heard {
  text: string | undefined
  told: HeardOffer | null
  /** The agent has said on this link where it stands, and was told that this is recorded. */
  isReported: boolean
  owed: Owed | undefined
}

/** One link from its welcome on. */
interface Session {
  readonly link: number
  readonly central: ProgramLife
  readonly node: string
  readonly groups: Map<string, Heard>
  /** Groups of reports that are not recorded, by their number. */
  readonly reports: Map<unknown, readonly string[]>
}

/**
 * Promise 5 on the way to agents: who is linked is told what central wants of it, group by group, once the record that
 * made it so is durable and central knows. `model/wish.ts` says what that is. One thing may wait: what is held begins
 * with nobody who has not said, on this link, how far it is.
 */
export function checkDesires(evidence: Evidence): Violation[] {
  const links = evidence.links.filter(({ link, by, other }) => link > 0 && !isStale(by) && !isStale(other))
  return journalAges(evidence)
    .flatMap(age => judgeAge(evidence, age, links))
    .slice(0, VIOLATIONS_MAX)
}

function judgeAge(
  evidence: Evidence,
  { fromMs, untilMs, records }: JournalAge,
  all: readonly LinkEntry[],
): readonly Violation[] {
  const look = new DesireLook(evidence)
  const links = all.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
  let next = 0
  for (const read of records) {
    while ((links[next]?.atMs ?? Infinity) < read.atMs) look.link(links[next++])
    look.record(read)
  }
  for (const entry of links.slice(next)) look.link(entry)
  look.end(Math.min(untilMs, evidence.endMs))
  return look.violations
}

class DesireLook {
  readonly violations: Violation[] = []
  readonly #model: ClusterModel
  readonly #troubles: Evidence['waits']['troubles']
  readonly #sessions = new Map<number, Session>()
  /** Who wrote last: it alone has a say. */
  #leader: ProgramLife | undefined

  constructor({ blobs, waits }: Evidence) {
    this.#model = new ClusterModel(blobs)
    this.#troubles = waits.troubles
  }

  record(read: ReadRecord): void {
    this.#model.fold(read)
    const writer = read.drafted?.life
    if (writer !== this.#leader) for (const session of this.#sessions.values()) this.#drop(session, read.atMs)
    this.#leader = writer
    for (const session of this.#sessions.values()) this.#look(session, read.atMs)
  }

  link(entry: LinkEntry | undefined): void {
    if (entry === undefined) return
    const { what, t, by, atMs, link } = entry
    const session = this.#sessions.get(link)
    if (what === 'end') {
      if (session !== undefined) this.#drop(session, atMs)
      this.#sessions.delete(link)
    } else if (what === 'sent' && t === 'welcome') this.#welcomed(entry)
    else if (session?.central === by) this.#said(session, entry)
  }

  end(atMs: number): void {
    for (const session of this.#sessions.values()) this.#drop(session, atMs)
  }

  #welcomed({ by, atMs, link, body }: LinkEntry): void {
    const groups = new Map<string, Heard>()
    const session: Session = { link, central: by, node: String(body['node']), groups, reports: new Map() }
    this.#sessions.set(link, session)
    this.#look(session, atMs)
  }

  #said(session: Session, { what, t, atMs, body }: LinkEntry): void {
    const { reports, groups } = session
    if (what === 'got' && t === 'report') {
      const told = body['groups'] as unknown as readonly { readonly group: string }[]
      reports.set(
        body['seq'],
        told.map(({ group }) => group),
      )
    } else if (what === 'sent' && t === 'recorded') {
      for (const group of reports.get(body['seq']) ?? []) {
        const heard = groups.get(group)
        if (heard !== undefined) heard.isReported = true
      }
      reports.delete(body['seq'])
    } else if (what === 'sent' && t === 'desire') this.#desired(session, body['desire'] as unknown as Desire)
    else return
    this.#look(session, atMs)
  }

  #desired({ groups }: Session, { group, ...desire }: Desire): void {
    const heard = groups.get(group) ?? newcomer()
    groups.set(group, heard)
    heard.text = textOf(desire)
    heard.told = desire.candidate && { candidate: desire.candidate, whileHeld: isHeld(this.#model, group) }
    // Who comes back to the group begins anew.
    if (desire.removed) groups.delete(group)
  }

  /** What is owed on a link now, beside what was: what took too long is told of. */
  #look(session: Session, atMs: number): void {
    const { groups, central, node } = session
    if (central !== this.#leader) return
    for (const name of this.#model.groups.keys()) {
      const heard = groups.get(name)
      const wish = wishOf(this.#model, name, node, heard?.told ?? null)
      if (wish.removed && heard?.text === undefined) {
        groups.delete(name)
        continue
      }
      const known = heard ?? newcomer()
      groups.set(name, known)
      const mayWait = !wish.removed && !known.isReported && isHeld(this.#model, name)
      this.#owes(session, name, known, mayWait ? known.text : textOf(wish), atMs)
    }
  }

  #owes(session: Session, group: string, heard: Heard, text: string | undefined, atMs: number): void {
    const { owed } = heard
    if (owed !== undefined && owed.text === text && heard.text !== text) return
    this.#settle(session, group, heard, atMs)
    heard.owed = text === undefined || text === heard.text ? undefined : { text, sinceMs: atMs }
  }

  #drop(session: Session, atMs: number): void {
    for (const [group, heard] of session.groups) {
      this.#settle(session, group, heard, atMs)
      heard.owed = undefined
    }
  }

  #settle({ central, node, link }: Session, group: string, { owed, text }: Heard, atMs: number): void {
    if (owed === undefined) return
    const fromMs = this.#knownAtMs(central, owed.sinceMs)
    const dueMs = fromMs + AT_ONCE_MS
    if (atMs <= dueMs || !ranThrough(central, owed.sinceMs, dueMs)) return
    const told = text === undefined ? 'nothing' : `"${text}"`
    const said =
      text === owed.text
        ? `only at ${seconds(atMs)} told ${node} "${text}" of ${group}`
        : `told ${node} ${told} of ${group}, not "${owed.text}"`
    const what = `${central.name} ${said}, on link ${link}, known since ${seconds(fromMs)}`
    this.violations.push({ promise: 5, what })
  }

  /** When central heard of what was durable at that time: its journal may take long to say so. */
  #knownAtMs(central: ProgramLife, durableMs: number): number {
    let knownMs = durableMs
    for (const { life, fromMs, toMs } of this.#troubles)
      if (life === central && fromMs <= knownMs && toMs > knownMs) knownMs = toMs
    return knownMs
  }
}

type Desire = Wish & { readonly group: string }

function newcomer(): Heard {
  return { text: undefined, told: null, isReported: false, owed: undefined }
}

/** How long processes have for what is committed is no reason to say it again. */
function textOf(wish: Wish): string {
  return wishText({ ...wish, applyTimeoutMs: undefined })
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}

/** A central that was deposed says old words, and is held to nothing. */
function isStale(life: ProgramLife | undefined): boolean {
  return life?.machine === STALE_MACHINE
}

function ranThrough({ toMs, stands }: ProgramLife, fromMs: number, untilMs: number): boolean {
  if ((toMs ?? Infinity) <= untilMs) return false
  return !stands.some(stand => stand.fromMs <= untilMs && (stand.toMs ?? Infinity) >= fromMs)
}
