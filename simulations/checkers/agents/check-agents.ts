import type { Evidence, Violation } from '../evidence.ts'
import type { AgentEntry, AgentLife } from './agent-history.ts'
import { AgentModel } from './agent-model.ts'

/** Faults that excuse an agent which takes its time. */
const SLOWS: ReadonlySet<string> = new Set(['slow-disk', 'failing-disk', 'drift', 'power', 'pause', 'stall'])

/** Faults after which an agent may find less than it had. */
const ROTS: ReadonlySet<string> = new Set(['bit-rot', 'rotten-restart'])

/**
 * Promises 2, 3 and 4 on one node: what an agent tells its processes and central, beside what crossed its local
 * sockets. `agent-model.ts` says what it must make of that.
 */
export function checkAgents({ agents, spans, programs }: Evidence): Violation[] {
  const violations: Violation[] = []
  const models = new Map<string, AgentModel>()
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
    const wasRestored = (): boolean =>
      spans.some(({ fault, fromMs }) => fault.kind === 'restore' && fromMs <= entry.atMs)
    model.take(entry, order, { blame, isWell, isRotten, hadPowerCut, wasRestored })
  }
  return violations
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
