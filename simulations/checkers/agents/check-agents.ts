import type { Evidence, Violation } from '../evidence.ts'
import type { AgentEntry, AgentLife, Fields } from './agent-history.ts'
import { AgentModel } from './agent-model.ts'

/** Faults that excuse an agent which takes its time. */
const SLOWS: ReadonlySet<string> = new Set(['slow-disk', 'failing-disk', 'drift', 'power', 'pause', 'stall'])

/** Faults after which an agent may find less than it had. */
const ROTS: ReadonlySet<string> = new Set(['bit-rot', 'rotten-restart', 'rotten-midway'])

/**
 * Promises 2, 3 and 4 on one node: what an agent tells its processes and central, beside what crossed its local
 * sockets. `agent-model.ts` says what it must make of that.
 */
export function checkAgents({ agents, spans, programs }: Evidence): Violation[] {
  const violations: Violation[] = []
  const models = new Map<string, AgentModel>()
  /** What central has told some node to be committed. */
  const said = new Set<string>()
  for (const [order, entry] of agents.entries()) {
    const { agent } = entry
    const key = `${agent.node} ${agent.build}`
    const blame = (promise: number, what: string): void => {
      violations.push({ promise, what: `the agent of ${agent.node} ${what}, at ${seconds(entry)}` })
    }
    let model = models.get(key)
    if (model === undefined) models.set(key, (model = new AgentModel()))
    const isWell = (sinceMs: number): boolean =>
      !spans.some(
        ({ fault, fromMs, toMs = Infinity }) =>
          SLOWS.has(fault.kind) && fromMs <= entry.atMs && toMs >= sinceMs && isAbout(fault, agent),
      ) && !standsStill(agent, sinceMs)
    const isRotten = (): boolean =>
      spans.some(({ fault, fromMs }) => ROTS.has(fault.kind) && fromMs <= entry.atMs && isAbout(fault, agent))
    const hadPowerCut = (): boolean =>
      programs.some(
        ({ machine, end, toMs = Infinity }) =>
          end === 'power' && machine === agent.node && toMs <= entry.atMs,
      )
    if (entry.kind === 'desired') for (const word of committedIn(entry.body)) said.add(word)
    const isCommitted = (word: Fields): boolean => said.has(nameOf(word, word))
    model.take(entry, order, { blame, isWell, isRotten, hadPowerCut, isCommitted })
  }
  return violations
}

function committedIn(body: Fields): readonly string[] {
  const desire = body['desire'] as Fields
  const committed = (desire['committed'] ?? undefined) as Fields | undefined
  return committed === undefined ? [] : [nameOf(desire, committed)]
}

function nameOf({ group, timeline }: Fields, { revision, digest }: Fields): string {
  return [group, timeline, revision, digest].map(String).join(' ')
}

function isAbout(fault: object, { node }: AgentLife): boolean {
  const { machine, program } = fault as { readonly machine?: string; readonly program?: string }
  return machine === node || program === `${node}/agent`
}

function standsStill({ program }: AgentLife, sinceMs: number): boolean {
  return program.stands.some(({ toMs = Infinity }) => toMs >= sinceMs)
}

function seconds({ atMs }: AgentEntry): string {
  return `${(atMs / 1_000).toFixed(3)} s`
}
