import type { Evidence, Violation } from './evidence.ts'

/**
 * Promises 2 and 3, at the source: what a node says is so. A generation that it calls staged outlives a loss of power;
 * and it calls no activation applied while a process that was told of it, and still runs, has turned it down or not
 * answered. What a process does that comes when the activation is settled already is another matter.
 */
export function checkFacts({ wire, reactions }: Evidence): Violation[] {
  const unhappy = reactions.filter(({ behaviour }) => behaviour === 'reject' || behaviour === 'hang')
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

interface Applied {
  readonly group: string
  readonly activation: number
  readonly progress: { readonly revision: number; readonly phase: string } | null
}
