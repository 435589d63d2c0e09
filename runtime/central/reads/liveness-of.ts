import type { Liveness } from '../../engine/views.ts'
import { type ActorRecord, valueOf } from '../../kernel/actor-record.ts'

/** Liveness as the journal knows it; a removed node has left. */
export function livenessOf(record: ActorRecord): Liveness {
  const { liveness } = valueOf(record) as { readonly liveness: Liveness | 'gone' }
  return liveness === 'gone' ? 'left' : liveness
}
