import type { Reaction, Reading } from '../../cluster/simulated-process.ts'
import type { ReadThrough } from '../../cluster/snapshot-reader.ts'
import type { ProgramLife } from '../../world/program-life.ts'
import type { Evidence, Violation } from '../evidence.ts'
import { revisionsIn } from '../names-in-record.ts'
import type { AgentEntry, Fields } from './agent-history.ts'

/** So long after its listeners are done a process may take to say what came of it. */
const SAYS_WITHIN_MS = 3_000

type Local = Extract<AgentEntry, { readonly client: ProgramLife }>

/** Of one life of a process: all that passed between it and its agent, its words on changes, and what it was told. */
interface Talk {
  readonly entries: Local[]
  readonly acks: Local[]
  readonly changes: Local[]
}

/**
 * Promises 2 and 3 at a process: what its client says for it is what its listeners made of the change, when they were
 * done; and while they look, the client holds what they are told of, whole.
 */
export function checkProcesses({
  agents,
  reactions,
  readings,
  readThroughs,
  restores,
}: Evidence): Violation[] {
  const byClient = new Map<ProgramLife, Talk>()
  for (const entry of agents) {
    if (!('client' in entry)) continue
    const talk = byClient.get(entry.client) ?? { entries: [], acks: [], changes: [] }
    byClient.set(entry.client, talk)
    talk.entries.push(entry)
    if (entry.kind === 'process-said' && isApplied(entry.body)) talk.acks.push(entry)
    if (entry.kind === 'said' && entry.body['event'] === 'change') talk.changes.push(entry)
  }
  return [
    ...reactions.flatMap(reaction => judgeReaction(reaction, byClient.get(reaction.program))),
    ...judgeReadings(readings, new Set(restores.flatMap(({ lost }) => lost.flatMap(revisionsIn)))),
    ...readThroughs.flatMap(judgePieces),
  ]
}

function judgeReaction(
  reaction: Reaction,
  { entries, acks: said, changes }: Talk = { entries: [], acks: [], changes: [] },
): Violation[] {
  const { group, activation, behaviour, atMs, doneAtMs } = reaction
  const isAbout = ({ body }: Local): boolean => body['group'] === group && body['activation'] === activation
  const acks = said.filter(entry => entry.atMs >= atMs && isAbout(entry))
  const violations = acks.flatMap(({ body, atMs: saidAtMs }) => {
    const isYes = body['outcome'] === 'ok'
    if (behaviour === 'reject')
      return isYes ? [lie(reaction, saidAtMs, 'says yes, and has turned it down')] : []
    if (doneAtMs > saidAtMs && isYes)
      return [lie(reaction, saidAtMs, 'says yes while its listener is at work')]
    return isYes || doneAtMs > saidAtMs ? [] : [lie(reaction, saidAtMs, 'says no, and has taken it')]
  })
  const isSilent = acks.length === 0 && changes.some(isAbout) && hadTime(reaction, entries)
  return isSilent ? [...violations, lie(reaction, doneAtMs, 'never says what came of it')] : violations
}

/** Its listener is done, and everything it needs to say so went on for a while. */
function hadTime({ atMs, doneAtMs, endedAtMs, program }: Reaction, entries: readonly Local[]): boolean {
  const untilMs = doneAtMs + SAYS_WITHIN_MS
  const last = entries.at(-1)
  if (endedAtMs < untilMs || last === undefined || last.atMs < untilMs) return false
  if (program.stands.some(({ toMs = Infinity }) => toMs >= atMs)) return false
  if (entries.some(({ agent }) => agent.program.stands.length > 0)) return false
  // A connection may be broken for the process before its agent hears of that: it says hello on another one.
  return !entries.some(
    ({ kind, body, atMs: thenMs }) =>
      (kind === 'closed' || body['op'] === 'hello') && thenMs >= atMs && thenMs <= untilMs,
  )
}

function isApplied({ op, phase }: Fields): boolean {
  return op === 'ack' && phase === 'applied'
}

function lie({ node, process, group, activation }: Reaction, atMs: number, what: string): Violation {
  const where = `activation ${activation} of ${group}, at ${seconds(atMs)}`
  return { promise: 3, what: `${node}/${process} ${what}: ${where}` }
}

/** `forgotten`: numbers that were given out in lost records, and may be given out again. */
function judgeReadings(readings: readonly Reading[], forgotten: ReadonlySet<string>): Violation[] {
  const contents = new Map<string, string>()
  return readings.flatMap(reading => {
    const { told, held, key, isCandidate } = reading
    const { group, revision, digest, values } = told
    const sorted = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const content = `${digest} ${JSON.stringify(sorted)}`
    const name = `${group}@${revision}`
    const what = forgotten.has(name) ? `${name} ${digest}` : name
    const known = contents.get(what) ?? content
    contents.set(what, known)
    const wrong = [
      ...(known === content ? [] : ['is shown another content of it than others']),
      ...(values['left'] === values['right'] ? [] : ['is shown two halves of it']),
      ...(isCandidate || held.activation >= told.activation
        ? []
        : ['holds an older one while it is told of it']),
      ...(isCandidate || held.activation !== told.activation || held.digest === digest
        ? []
        : ['holds something else under its number']),
      ...(key === undefined || isSame(held.values[key.name], key.value)
        ? []
        : ['reads a key of another one']),
    ]
    return wrong.map(how => mix(reading, how))
  })
}

/** Whoever names no activation still gets one generation, from its first piece to its last. */
function judgePieces({ node, group, pieces, digest, atMs }: ReadThrough): Violation[] {
  const [first] = pieces
  const isOne = pieces.every(
    piece =>
      piece.digest === first?.digest && piece.activation === first.activation && piece.size === first.size,
  )
  if (isOne && digest === first?.digest) return []
  const told = pieces.map(({ revision, activation }) => `${revision} (activation ${activation})`).join(', ')
  return [{ promise: 2, what: `${node} reads pieces of ${group} of several: ${told}, at ${seconds(atMs)}` }]
}

/** `get` gives the default, which is null here, where there is nothing. */
function isSame(held: unknown, got: unknown): boolean {
  return JSON.stringify(held ?? null) === JSON.stringify(got ?? null)
}

function mix({ node, process, told, atMs }: Reading, what: string): Violation {
  const { group, revision, activation } = told
  const where = `${group}@${revision} (activation ${activation}), at ${seconds(atMs)}`
  return { promise: 2, what: `${node}/${process} ${what}: ${where}` }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
