import type { ActorRecord } from '../../kernel/actor-record.ts'
import { valueOf } from '../../kernel/actor-record.ts'

/** The state of an actor as people read it: `rolling.paused` for a state within a state. */
export function stateText(record: ActorRecord): string {
  const names: string[] = []
  let value = valueOf(record)
  while (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const [name, inner] = Object.entries(value)[0] ?? []
    if (name === undefined || inner === undefined) break
    names.push(name)
    value = inner
  }
  if (typeof value === 'string') names.push(value)
  return names.join('.')
}
