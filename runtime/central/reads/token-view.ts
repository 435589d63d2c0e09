import type { TokenContext } from '../../../actors/token/chart.ts'
import type { TokenView } from '../../engine/views.ts'
import { type ActorRecord, contextOf } from '../../kernel/actor-record.ts'
import { isoTime } from './iso-time.ts'
import { stateText } from './state-text.ts'

/** A subscription token, never its secret. That it expired is a matter of the wall clock at `wallMs`. */
export function tokenView(record: ActorRecord, wallMs: number): TokenView {
  const { id, group, uses, redeemedBy, expiresAtMs, createdAtMs, by } = contextOf<TokenContext>(record)
  const state = stateText(record) as TokenView['state']
  return {
    id,
    group,
    state: state === 'active' && wallMs >= expiresAtMs ? 'expired' : state,
    uses,
    used: redeemedBy.length,
    expiresAt: isoTime(expiresAtMs),
    createdAt: isoTime(createdAtMs),
    by,
  }
}
