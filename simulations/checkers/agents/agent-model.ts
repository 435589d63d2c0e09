import type { AgentEntry, AgentLife, Fields } from './agent-history.ts'
import { GroupModel, type Harm } from './group-model.ts'
import { GroupPast } from './group-past.ts'

type Local = Extract<AgentEntry, { readonly connection: number }>
type Linked = Exclude<
  AgentEntry,
  { readonly connection: number } | { readonly note: object } | { readonly client: object }
>

export interface Judge extends Harm {
  /** Whether central ever told a node that a group committed this. */
  readonly isCommitted: (word: Fields) => boolean
  readonly blame: (promise: number, what: string) => void
  /** Nothing excuses an agent that is slow since then, in true time. */
  readonly isWell: (sinceMs: number) => boolean
}

/** Errors with which an agent ends a connection though they answer a request. */
const ENDING: ReadonlySet<string> = new Set([
  'KONOR_SOCKET_MALFORMED',
  'KONOR_SOCKET_FRAME_TOO_LARGE',
  'KONOR_SOCKET_OUT_OF_ORDER',
  'KONOR_SOCKET_PROTOCOL_UNSUPPORTED',
])

interface Connection {
  readonly number: number
  hello: Fields | undefined
  isOpen: boolean
  isOver: boolean
  /** Acknowledgements that are not answered, by the id of the request. */
  readonly asked: Map<unknown, Fields>
}

/** The agents of one machine, one life after the other, until its disk is emptied. */
export class AgentModel {
  readonly #pasts = new Map<string, GroupPast>()
  #groups = new Map<string, GroupModel>()
  #connections = new Map<number, Connection>()
  /** Which connection is about to take an instance over. */
  readonly #takers = new Map<string, Connection>()
  #life: AgentLife | undefined
  #isWelcome = false
  #order = { timeline: 0, epoch: 0 }
  #judge: Judge = {
    blame: () => {},
    isWell: () => true,
    isRotten: () => false,
    hadPowerCut: () => false,
    isCommitted: () => true,
  }

  take(entry: AgentEntry, order: number, judge: Judge): void {
    this.#judge = judge
    if (entry.agent !== this.#life) this.#begins(entry.agent)
    if (entry.kind === 'process-said') return
    for (const group of this.#groups.values()) group.look(entry, judge.isWell)
    switch (entry.kind) {
      case 'heard':
        return this.#heard(entry)
      case 'said':
        return this.#said(entry, order)
      case 'closed':
        return this.#released(this.#connection(entry.connection), entry, 'breaksOff')
      case 'welcomed':
        return this.#welcomed(entry.body)
      case 'desired':
        return this.#desired(entry.body['desire'] as Fields, order)
      case 'followed':
        return this.#followed(entry.body, order)
      case 'reported':
        return this.#reported(entry)
      case 'logged':
        return this.#group(entry.note.group).logs(entry.note, entry, judge)
    }
  }

  #begins(life: AgentLife): void {
    this.#life = life
    this.#groups = new Map()
    this.#connections = new Map()
    this.#takers.clear()
    this.#isWelcome = false
  }

  #group(name: string): GroupModel {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const past = this.#pasts.get(name) ?? new GroupPast()
    this.#pasts.set(name, past)
    const group = new GroupModel(name, past, (promise, what) =>
      this.#judge.blame(promise, `in ${name} ${what}`),
    )
    this.#groups.set(name, group)
    return group
  }

  #connection(number: number): Connection {
    const known = this.#connections.get(number)
    if (known !== undefined) return known
    const fresh = { number, hello: undefined, isOpen: false, isOver: false, asked: new Map() }
    this.#connections.set(number, fresh)
    return fresh
  }

  #heard(entry: Local): void {
    const { body } = entry
    const connection = this.#connection(entry.connection)
    switch (body['op']) {
      case 'hello':
        connection.hello ??= body
        for (const key of keysOf(body)) this.#takers.set(key, connection)
        return
      case 'ack':
        return this.#acknowledged(connection, entry)
      case 'bye':
        return this.#released(connection, entry, 'leaves')
      default:
    }
  }

  #acknowledged(connection: Connection, entry: Local): void {
    const { hello, isOpen, isOver } = connection
    const { body } = entry
    if (hello === undefined || !isOpen || isOver) return
    const group = this.#group(String(body['group']))
    const key = instanceOf(hello)
    const awaited = body['phase'] === 'applied' && group.owes(key) === true
    if (awaited && group.round?.activation === body['activation']) connection.asked.set(body['id'], body)
    group.answers(key, body, entry)
  }

  #said(entry: Local, order: number): void {
    const { body } = entry
    const connection = this.#connection(entry.connection)
    if (typeof body['event'] === 'string') return this.#pushed(connection, entry)
    const { hello } = connection
    if (hello !== undefined && !connection.isOpen && body['id'] === hello['id']) {
      for (const key of keysOf(hello)) this.#takers.delete(key)
      if (body['ok'] === true) this.#registers(connection, hello, entry, order)
      return
    }
    this.#answers(connection, body)
    if (body['ok'] === true) return
    const code = String((body['error'] as Fields)['code'])
    if (code === 'KONOR_SOCKET_CLOSING') connection.isOver = true
    else if (body['id'] === null || ENDING.has(code)) this.#released(connection, entry, 'breaksOff')
  }

  #answers(connection: Connection, body: Fields): void {
    const ack = connection.asked.get(body['id'])
    connection.asked.delete(body['id'])
    if (ack !== undefined && body['ok'] !== true)
      this.#judge.blame(3, `turns an acknowledgement away that it waits for: ${JSON.stringify(body)}`)
    if (body['event'] === undefined)
      for (const group of this.#groups.values()) group.saysElse(connection.number)
  }

  #pushed(connection: Connection, entry: Local): void {
    const { body } = entry
    const name = body['group']
    if (typeof name !== 'string') return
    const group = this.#group(name)
    const isOurs = [...group.registered.values()].some(who => who.connection === connection.number)
    if (body['stale'] === false || body['event'] === 'fresh') this.#mayBeFresh(name)
    if (body['event'] === 'prepare' && isOurs) group.asksToPrepare(body, entry)
    else if (body['event'] === 'change' && isOurs) group.serves(body, connection.number, true)
  }

  #registers(connection: Connection, hello: Fields, { body, ...entry }: Local, order: number): void {
    connection.isOpen = true
    const states = body['groups'] as { readonly [group: string]: Fields }
    const key = instanceOf(hello)
    for (const { group: name, activation, observe } of groupsOf(hello)) {
      if (observe === true) continue
      const group = this.#group(name)
      const process = String(hello['process'])
      const who = { process, prepare: hello['prepare'] === true, connection: connection.number, order }
      group.registers(key, who, activation, entry)
      const state = states[name] ?? {}
      if (state['stale'] === false) this.#mayBeFresh(name)
      group.serves(state, connection.number, false)
      const owes = group.owes(key)
      if (owes !== undefined && owes !== state['owesAck'])
        this.#judge.blame(3, `says that ${process} ${owes ? 'owes nothing' : 'owes something'} in ${name}`)
    }
  }

  #released(connection: Connection, moment: AgentEntry, how: 'leaves' | 'breaksOff'): void {
    const { hello, isOpen, isOver, number } = connection
    connection.isOver = true
    if (hello === undefined || !isOpen || isOver) return
    const key = instanceOf(hello)
    for (const { group: name } of groupsOf(hello)) {
      const group = this.#group(name)
      const taker = this.#takers.get(`${name}\0${key}`)
      const isHeld = group.registered.get(key)?.connection === number
      if (isHeld && (taker === undefined || taker === connection)) group[how](key, moment)
    }
  }

  #welcomed(body: Fields): void {
    this.#isWelcome = true
    const order = { timeline: Number(body['timeline']), epoch: Number(body['epoch']) }
    if (isBelow(this.#order, order)) this.#order = order
  }

  /** A central that was deposed is not obeyed, so what it wants is nothing to go by. */
  #desired(desire: Fields, order: number): void {
    const said = { timeline: Number(desire['timeline']), epoch: Number(desire['epoch']) }
    if (isBelow(said, this.#order)) return
    this.#order = said
    this.#group(String(desire['group'])).wants(desire, order)
  }

  /** What a peer gave is central's word, or nothing to go by; and as good as a command of it. */
  #followed(word: Fields, order: number): void {
    const group = String(word['group'])
    const said = { timeline: Number(word['timeline']), epoch: Number(word['epoch']) }
    if (isBelow(this.#order, said)) this.#order = said
    if (!this.#judge.isCommitted(word))
      this.#judge.blame(
        2,
        `follows a peer in ${group} to what central never committed: ${String(word['revision'])}`,
      )
    this.#group(group).follows(word, order)
  }

  #mayBeFresh(group: string): void {
    if (!this.#isWelcome)
      this.#judge.blame(4, `calls ${group} fresh, and has not met central since it started`)
  }

  #reported({ body }: Linked): void {
    const { blame } = this.#judge
    for (const report of body['groups'] as unknown as readonly Report[]) {
      const { group: name, activation, active, digest, progress, fallback } = report
      const group = this.#group(name)
      const { past, round } = group
      if (active !== null && digest !== null) {
        const other = past.names(activation, active, digest)
        if (other !== undefined)
          blame(4, `reports ${name}@${active} as activation ${activation}, which was ${other}`)
      }
      if (past.fellBackAt.get(activation) === true && fallback === null)
        blame(4, `went back in ${name} with activation ${activation} and does not report it`)
      if (progress?.phase === 'applied' && past.begun.has(activation) && !past.complete.has(activation))
        blame(3, `calls ${name}@${active} applied: not everybody has (activation ${activation})`)
      if (progress?.phase === 'applied' && round?.activation === activation && round.verdict?.ok === false)
        blame(3, `calls ${name}@${active} applied: ${round.verdict.process} has turned it down`)
      const { reason } = progress ?? {}
      if (reason !== undefined && progress?.phase === 'rejected' && !past.explains(progress.revision, reason))
        blame(3, `turns ${name}@${progress.revision} down for what nobody said: ${reason}`)
    }
  }
}

interface Report {
  readonly group: string
  readonly active: number | null
  readonly digest: string | null
  readonly activation: number
  readonly progress: { readonly revision: number; readonly phase: string; readonly reason?: string } | null
  readonly fallback: { readonly from: number; readonly reason: string } | null
  readonly processes: number
}

interface NamedGroup {
  readonly group: string
  readonly activation?: number
  readonly observe?: boolean
}

function groupsOf(hello: Fields): readonly NamedGroup[] {
  return hello['groups'] as unknown as readonly NamedGroup[]
}

function instanceOf(hello: Fields): string {
  return `${String(hello['process'])}\0${String(hello['instance'])}`
}

function keysOf(hello: Fields): readonly string[] {
  return groupsOf(hello).map(({ group }) => `${group}\0${instanceOf(hello)}`)
}

function isBelow(one: { timeline: number; epoch: number }, other: typeof one): boolean {
  return one.timeline < other.timeline || (one.timeline === other.timeline && one.epoch < other.epoch)
}
