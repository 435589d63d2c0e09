import type { StateConfig } from '../../actors/vocabulary/chart.ts'
import type { ActorRecord } from '../../runtime/kernel/actor-record.ts'
import type { FoldedInput } from './fold-ledger.ts'

/**
 * A deadline is there exactly while its actor is in the state that has it: armed on the way in, for as long as the
 * chart says, kept until it fires, dropped on the way out.
 */
export function deadlineProblems({ route, body, at, before, after, changed }: FoldedInput): string[] {
  const fired = route === 'timer' ? (body as { readonly address: string; readonly timer: string }) : undefined
  return changed.flatMap(address => {
    const [old, now] = [before.actors.get(address), after.get(address)]
    if (now === undefined) return []
    const [was, is] = [deadlinesOf(old), deadlinesOf(now)]
    const wanted = now.snapshot.status === 'done' ? new Map<string, number | undefined>() : waitsOf(now)
    const strange = [...is.keys()]
      .filter(id => !wanted.has(id))
      .map(id => `${address} keeps ${id}, whose state it is not in`)
    const entered = old === undefined || old.snapshot.status === 'done' ? new Map() : waitsOf(old)
    return [...wanted].reduce((broken, [id, delayMs]) => {
      const dueMs = is.get(id)
      const isKept = entered.has(id) && dueMs === was.get(id)
      const isSpent = dueMs === undefined && fired?.address === address && fired.timer === id
      const isArmed = dueMs !== undefined && (delayMs === undefined || dueMs === at.timeMs + delayMs)
      if (!isKept && !isSpent && !isArmed)
        broken.push(`${address} waits for ${id} until ${String(dueMs)}, and it was ${String(was.get(id))}`)
      return broken
    }, strange)
  })
}

function deadlinesOf(record: ActorRecord | undefined): ReadonlyMap<string, number> {
  return new Map(Object.entries(record?.deadlines ?? {}).map(([id, { dueMs }]) => [id, dueMs]))
}

/** The timers of the states that an actor is in, by the ids that XState gives them, and how long each takes. */
function waitsOf({ machine, snapshot }: ActorRecord): ReadonlyMap<string, number | undefined> {
  const { chart } = machine
  const waits = new Map<string, number | undefined>()
  const walk = (state: StateConfig, value: unknown, path: readonly string[]): void => {
    for (const name of Object.keys(state.after ?? {})) {
      const delay = chart.delays?.[name]
      const delayMs = delay?.(snapshot.context as never)
      waits.set(['xstate', 'after', name, ...path].join('.'), delayMs)
    }
    const inner = typeof value === 'string' ? { [value]: undefined } : (value as object | undefined)
    for (const [name, below] of Object.entries(inner ?? {})) {
      const child = state.states?.[name]
      if (child !== undefined) walk(child, below, [...path, name])
    }
  }
  walk(chart.config, snapshot.value, [chart.name.replaceAll('.', '-')])
  return waits
}
