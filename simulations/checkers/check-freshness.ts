import type { ProgramLife } from '../world/program-life.ts'
import type { Evidence, Violation } from './evidence.ts'

/** One look at a process that runs, at what its client says of what it holds. */
export interface ProcessLook {
  readonly atMs: number
  readonly node: string
  readonly process: string
  readonly group: string
  readonly isStale: boolean
  readonly program: ProgramLife
}

/** So long after its agent has ended a process may take to notice: its connection is closed at once. */
const NOTICED_MS = 2_000

/**
 * Promise 5, as a process sees it: what nobody keeps up to date is called stale. While there is no agent, nobody does.
 */
export function checkFreshness({ looks, programs }: Evidence): Violation[] {
  const agents = new Map<string, ProgramLife[]>()
  for (const life of programs)
    if (life.name === `${life.machine}/agent`)
      agents.set(life.machine, [...(agents.get(life.machine) ?? []), life])
  return looks.flatMap(({ atMs, node, process, group, isStale, program }) => {
    const sinceMs = atMs - NOTICED_MS
    const hadTime =
      program.fromMs <= sinceMs && !program.stands.some(({ toMs = Infinity }) => toMs >= sinceMs)
    const hadAgent = agents
      .get(node)
      ?.some(({ fromMs, toMs = Infinity }) => fromMs <= atMs && toMs >= sinceMs)
    if (isStale || !hadTime || hadAgent === true) return []
    const what = `${node}/${process} calls ${group} fresh and has no agent, at ${(atMs / 1_000).toFixed(3)} s`
    return [{ promise: 5, what }]
  })
}
