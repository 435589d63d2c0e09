import { isLinearizable } from './linearizable.ts'
import type { Evidence, Violation } from './evidence.ts'

type Operations = Evidence['operations']

/**
 * Reads that are offered as fresh, and writes, of each key on its own are linearizable; and a version of a key has one
 * value only. A restore that loses records ends an age: the next one begins with any value that the key may have had.
 */
export function checkRegisters({ operations, restores }: Evidence): Violation[] {
  const ends = [...restores.map(({ atMs }) => atMs), Infinity]
  return [...new Set(operations.map(({ key }) => key))].flatMap(key => {
    const ofKey = operations.filter(one => one.key === key)
    return ends.flatMap((untilMs, index) => {
      const age = ofAge(ofKey, ends[index - 1] ?? 0, untilMs)
      const known = ofKey.flatMap(({ did }) => (did.kind === 'read' ? [] : [did.value]))
      const isFit = (index === 0 ? [null] : [null, ...known]).some(initial => isLinearizable(age, initial))
      const what = `reads and writes of ${key} fit no order: ${age.map(told).join('; ')}`
      return [...(isFit ? [] : [{ promise: 13, what }]), ...checkVersions(key, age)]
    })
  })
}

/** What was asked for and answered in one age; of what reaches into it from before, or beyond it, nothing is known. */
function ofAge(operations: Operations, fromMs: number, untilMs: number): Operations {
  return operations.flatMap(one => {
    if (one.fromMs >= untilMs) return []
    if (one.fromMs >= fromMs && one.toMs < untilMs) return [one]
    const { did } = one
    const isOver = one.toMs < fromMs && one.endedAt !== Infinity
    if (did.kind !== 'swap' || isOver) return []
    return [{ ...one, endedAt: Infinity, did: { ...did, isDone: undefined } }]
  })
}

function checkVersions(key: string, operations: Operations): Violation[] {
  const values = new Map<number, unknown>()
  return operations.flatMap(({ did, version }) => {
    if (did.kind !== 'read' || version === undefined) return []
    const known = values.get(version) ?? did.value
    values.set(version, known)
    return known === did.value
      ? []
      : [{ promise: 13, what: `version ${version} of ${key} was ${String(known)} and ${String(did.value)}` }]
  })
}

function told({ startedAt, endedAt, did }: Evidence['operations'][number]): string {
  const fields = Object.entries(did).map(([name, value]) =>
    name === 'kind' ? value : `${name} ${String(value)}`,
  )
  return `${startedAt} to ${endedAt} ${fields.join(' ')}`
}
