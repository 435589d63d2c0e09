import type { CborItem } from '../checkers/read-cbor.ts'
import type { Evidence, ReadRecord } from '../checkers/evidence.ts'
import { journalAges } from '../checkers/journal-ages.ts'
import type { GroupPlan } from '../cluster/topology.ts'
import type { StoryLine } from '../world/story.ts'

type Output = ReadRecord['outputs'][number]
type Data = Output['data']

/** Characters of a reason that a line has room for. */
const REASON_CHARS_MAX = 140

/** A phase that is over within so long is not worth a line. */
const PASSED_MS = 250

/** Actions of which the other lines say nothing. */
const PLAIN: Readonly<Record<string, (data: Data) => readonly [string, string]>> = {
  'node.draining': ({ node }) => [text(node), 'was told to drain'],
  'node.removed': ({ node }) => [text(node), 'was removed from the cluster'],
  'node.liveness': ({ node, liveness }) => ['central', `counted ${text(node)} as ${text(liveness)}`],
  'subscription.left': ({ node, group }) => [text(node), `left ${text(group)}`],
  'token.revoked': ({ group }) => ['central', `revoked a token of ${text(group)}`],
  'configset.deleted': ({ path }) => ['central', `deleted ${text(path)}`],
  'group.deleted': ({ group }) => [text(group), 'was deleted'],
  'cluster.frozen': ({ by }) => ['central', `was frozen by ${principal(by)}: nothing new is staged`],
  'cluster.thawed': () => ['central', 'was thawed'],
  'rollout.paused': ({ group, reason }) => [text(group), `paused: ${short(reason)}`],
  'rollout.resumed': ({ group }) => [text(group), 'went on'],
  'alert.raised': ({ kind, subject }) => ['central', `raised an alert: ${text(kind)} of ${text(subject)}`],
  'alert.cleared': ({ kind, subject }) => ['central', `cleared the alert: ${text(kind)} of ${text(subject)}`],
  'keyring.moved': ({ generation, phase }) => [
    'central',
    `moved gossip key ${text(generation)} on to ${text(phase)}`,
  ],
}

/**
 * What the journal knows of a run, for people: which changes were accepted, how far each node came with them, what
 * the policy of each group decided and upon what, and how jobs ended. Read from inputs and outputs alone.
 */
export function journalLines({ topology, afterSeq = 0, ...written }: Journaled): StoryLine[] {
  // What a restore took away was told while it was there; after it, the journal is what the backup held.
  return journalAges(written).flatMap(({ fromMs, untilMs, records }) => {
    const teller = new JournalTeller(topology.groups)
    for (const record of records) {
      teller.tell(record)
      if (record.record.seq === afterSeq) teller.lines.length = 0
    }
    return teller.lines.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
  })
}

type Journaled = Pick<Evidence, 'records' | 'restores' | 'topology'> & { readonly afterSeq?: number }

class JournalTeller {
  readonly lines: StoryLine[] = []
  readonly #groups: readonly GroupPlan[]
  /** How far each node came: `GROUP REVISION`, then phase by node. */
  readonly #phases = new Map<string, Map<string, string>>()
  readonly #members = new Map<string, Set<string>>()
  readonly #offline = new Set<string>()
  /** First revision of each content: `GROUP DIGEST`. */
  readonly #contents = new Map<string, number>()
  /** The last phase that was told of each node: `NODE GROUP`. */
  readonly #lastPhase = new Map<
    string,
    { readonly revision: string; readonly line: StoryLine; readonly turns: number }
  >()
  #turns = 0
  #atMs = 0

  constructor(groups: readonly GroupPlan[]) {
    this.#groups = groups
  }

  tell({ atMs, inputs, outputs }: ReadRecord): void {
    this.#atMs = atMs
    for (const { route, body } of inputs) if (route === 'report') this.#report(body)
    for (const { type, data } of outputs) this.#output(type, data, outputs)
  }

  #say(who: string, what: string): void {
    this.#turns++
    this.lines.push({ atMs: this.#atMs, who, what, kind: 'turn' })
  }

  /** How far a node came with a revision: what it came through in no time, while nothing else happened, is not told. */
  #sayPhase(node: string, group: string, revision: string, what: string): void {
    const key = `${node} ${group}`
    const last = this.#lastPhase.get(key)
    const line: StoryLine = { atMs: this.#atMs, who: node, what }
    const isPassed =
      last?.revision === revision && last.turns === this.#turns && this.#atMs - last.line.atMs <= PASSED_MS
    if (isPassed) this.lines.splice(this.lines.lastIndexOf(last.line), 1)
    this.lines.push(line)
    this.#lastPhase.set(key, { revision, line, turns: this.#turns })
  }

  #report({ node, groups }: Data): void {
    for (const { group, progress } of (groups ?? []) as unknown as readonly Data[]) {
      if (typeof progress !== 'object' || progress === null) continue
      const { revision, phase, reason } = progress as Data
      const phases = this.#phasesOf(text(group), revision)
      if (phase === 'staging' || phases.get(text(node)) === phase) continue
      phases.set(text(node), text(phase))
      const what = `${text(phase)} revision ${text(revision)} of ${text(group)}`
      const more =
        phase === 'activated'
          ? ', and waits for its processes'
          : phase === 'rejected'
            ? `: ${short(reason)}`
            : ''
      this.#sayPhase(text(node), text(group), text(revision), what + more)
    }
  }

  #output(type: string, data: Data, together: readonly Output[]): void {
    const { group, revision, node, reason } = data
    this.#count(type, data)
    const plain = PLAIN[type]?.(data)
    if (plain !== undefined) return this.#say(...plain)
    if (type === 'node.joined') return void this.lines.push(joined(this.#atMs, data))
    switch (type) {
      case 'job.accepted':
        return this.#say(jobName(data), `was accepted from ${principal(data['by'])}${contents(together)}`)
      case 'group.declared':
        return this.#say(
          text(group),
          `was declared: ${list(data['sets'])} under ${this.#policyOf(text(group))}`,
        )
      case 'rollout.started':
        return this.#say(text(group), `began to roll out revision ${text(revision)} for ${jobName(data)}`)
      case 'rollout.undone':
        return this.#say(
          text(group),
          `gave up revision ${text(revision)}: ${short(reason)}${this.#laggards(data)}`,
        )
      case 'group.committed':
        return this.#say(text(group), this.#commit(data))
      case 'subscription.rejected':
        // A report said so, unless central decided it for a node that never answered.
        return this.#phasesOf(text(group), revision).get(text(node)) === 'rejected'
          ? undefined
          : this.#say(
              text(node),
              `counts as rejecting revision ${text(revision)} of ${text(group)}: ${short(reason)}`,
            )
      case 'job.ended':
        return this.#say(jobName(data), ending(data))
      default:
    }
  }

  #count(type: string, { group, node, liveness }: Data): void {
    if (type === 'subscription.joined') this.#membersOf(text(group)).add(text(node))
    if (type === 'subscription.left') this.#membersOf(text(group)).delete(text(node))
    if (type === 'node.removed') for (const members of this.#members.values()) members.delete(text(node))
    if (type === 'node.liveness' && liveness === 'offline') this.#offline.add(text(node))
    if (type === 'node.liveness' && liveness === 'alive') this.#offline.delete(text(node))
  }

  #commit({ group, revision, digest }: Data): string {
    const content = `${text(group)} ${text(digest)}`
    const before = this.#contents.get(content)
    if (before === undefined) this.#contents.set(content, Number(revision))
    const back = before === undefined ? '' : `, which is the content of revision ${before} again`
    const members = this.#membersOf(text(group))
    if (members.size === 0)
      return `committed revision ${text(revision)} at once${back}: no node has joined yet`
    const phases = [...members].map(node => this.#phasesOf(text(group), revision).get(node))
    const applied = phases.filter(phase => phase === 'applied').length
    const staged = phases.filter(phase => phase !== undefined && phase !== 'rejected').length
    if (staged === 0) return `committed revision ${text(revision)}${back}`
    const offline = [...members].filter(node => this.#offline.has(node)).length
    const isStrong = this.#groups.find(({ name }) => name === group)?.policy.uses === 'strong'
    const count = isStrong
      ? `staged by ${staged} of ${members.size}`
      : `applied by ${applied} of ${members.size}`
    const away = offline === 0 ? '' : `, ${offline} offline`
    return `committed revision ${text(revision)}${back}: ${count} nodes${away}`
  }

  /** Who kept a rollout from its end, when its reason names nobody. */
  #laggards({ group, revision, reason }: Data): string {
    if (text(reason).startsWith('rejected')) return ''
    const phases = this.#phasesOf(text(group), revision)
    const missing = [...this.#membersOf(text(group))].filter(node => !phases.has(node)).toSorted()
    return missing.length === 0 ? '' : ` (nothing was heard of ${missing.join(', ')})`
  }

  #policyOf(group: string): string {
    const { policy } = this.#groups.find(({ name }) => name === group) ?? {}
    return policy === undefined ? 'its policy' : policy.uses
  }

  #membersOf(group: string): Set<string> {
    const members = this.#members.get(group) ?? new Set()
    this.#members.set(group, members)
    return members
  }

  #phasesOf(group: string, revision: CborItem | undefined): Map<string, string> {
    const key = `${group} ${text(revision)}`
    const phases = this.#phases.get(key) ?? new Map<string, string>()
    this.#phases.set(key, phases)
    return phases
  }
}

function joined(atMs: number, { node, groups }: Data): StoryLine {
  return { atMs, who: text(node), what: `joined ${list(groups)}` }
}

function contents(together: readonly Output[]): string {
  const sets = together
    .filter(({ type }) => type === 'configset.declared')
    .map(({ data }) => `${text(data['path'])} version ${text(data['version'])}`)
  return sets.length === 0 ? '' : `: ${sets.join(', ')}`
}

function ending({ state, reason, groups }: Data): string {
  const outcomes = ((groups ?? []) as unknown as readonly Data[]).map(
    ({ group, outcome, revision }) => `${text(group)} ${text(outcome)} at revision ${text(revision)}`,
  )
  const why = outcomes.length > 0 ? outcomes.join(', ') : short(reason)
  return why === '' ? text(state) : `${text(state)}: ${why}`
}

/** Ids are given names for people when a story is whole. */
function jobName({ job }: Data): string {
  return `job ${text(job)}`
}

function principal(by: CborItem | undefined): string {
  return text(by).replace(/^(key|node)\//, '')
}

function list(items: CborItem | undefined): string {
  return Array.isArray(items) ? items.map(item => text(item as CborItem)).join(' and ') : text(items)
}

function short(reason: CborItem | undefined): string {
  const whole = text(reason)
  return whole.length <= REASON_CHARS_MAX ? whole : `${whole.slice(0, REASON_CHARS_MAX - 1)}…`
}

function text(value: CborItem | undefined): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : String(value as number | boolean | bigint)
}
