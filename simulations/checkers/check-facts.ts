import type { Reaction } from '../cluster/simulated-process.ts'
import type { Fields } from './agents/agent-history.ts'
import type { Evidence, Violation } from './evidence.ts'

/**
 * Promises 2 and 3, at the source: what a node says is so. A generation that it calls staged outlives a loss of power;
 * and it calls no activation applied while a process that was told of it, and still runs, has turned it down or not
 * answered. What a process does that comes when the activation is settled already is another matter: it was told so
 * when it came. Whether that was true is judged by `checkAgents`.
 */
export function checkFacts({ wire, reactions, agents }: Evidence): Violation[] {
  const heard = heardByProcess(agents)
  const unhappy = reactions
    .filter(({ behaviour }) => behaviour === 'reject' || behaviour === 'hang')
    .filter(reaction => !cameTooLate(heard, reaction))
  const settled = new Set<string>()
  return wire.flatMap(({ atMs, isSent, from, t, body, unkept = [] }) => {
    if (!isSent || t !== 'report') return []
    const at = `${(atMs / 1_000).toFixed(3)} s`
    const lost = unkept.map(what => ({
      promise: 3,
      what: `${from} calls ${what} staged at ${at}: it is not durable`,
    }))
    const groups = body['groups'] as unknown as readonly Applied[]
    const denied = groups.flatMap(({ group, activation, progress }) => {
      const name = `${from} ${group} ${activation}`
      if (progress?.phase !== 'applied' || settled.has(name)) return []
      settled.add(name)
      return unhappy
        .filter(one => one.node === from && one.group === group && one.activation === activation)
        .filter(one => one.atMs <= atMs && one.endedAtMs > atMs)
        .map(({ process, behaviour }) => ({
          promise: 3,
          what: `${from} calls ${group}@${progress.revision} applied at ${at}: ${process} does ${behaviour}`,
        }))
    })
    return [...lost, ...denied]
  })
}

type Heard = ReadonlyMap<string, readonly Fields[]>

/** What agents said to each life of each process, in order. */
function heardByProcess(agents: Evidence['agents']): Heard {
  const heard = new Map<string, Fields[]>()
  for (const entry of agents) {
    if (entry.kind !== 'said') continue
    const name = nameOf(entry.client.name, entry.client.fromMs)
    const bodies = heard.get(name)
    if (bodies === undefined) heard.set(name, [entry.body])
    else bodies.push(entry.body)
  }
  return heard
}

function nameOf(client: string, fromMs: number): string {
  return `${client} since ${fromMs}`
}

/** Whether the first that this life of the process heard of the activation was that nobody waits for its word. */
function cameTooLate(heard: Heard, { node, process, group, activation, program }: Reaction): boolean {
  for (const body of heard.get(nameOf(`${node}/${process}`, program.fromMs)) ?? []) {
    const { event, groups } = body
    const states = (groups ?? {}) as { readonly [name: string]: Said }
    const state = event === 'change' && body['group'] === group ? (body as Said) : states[group]
    if (state?.activation === activation) return state.owesAck === false
  }
  return false
}

interface Said {
  readonly activation?: unknown
  readonly owesAck?: unknown
}

interface Applied {
  readonly group: string
  readonly activation: number
  readonly progress: { readonly revision: number; readonly phase: string } | null
}
