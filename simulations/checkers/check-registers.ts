import { isLinearizable } from './linearizable.ts'
import type { Evidence, Violation } from './evidence.ts'

/**
 * Reads that are offered as fresh, and writes, of each key on its own are linearizable; and a version of a key has one
 * value only.
 */
export function checkRegisters({ operations }: Evidence): Violation[] {
  return [...new Set(operations.map(({ key }) => key))].flatMap(key => {
    const ofKey = operations.filter(one => one.key === key)
    const what = `reads and writes of ${key} fit no order: ${ofKey.map(told).join('; ')}`
    return [...(isLinearizable(ofKey) ? [] : [{ promise: 13, what }]), ...checkVersions(key, ofKey)]
  })
}

function checkVersions(key: string, operations: Evidence['operations']): Violation[] {
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
