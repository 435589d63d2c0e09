import { TOKEN_USES_MAX, type TokenContext } from '../../../actors/token/chart.ts'
import { tokenAddress } from '../../../actors/vocabulary/addresses.ts'
import { digestOfBytes } from '../../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { idempotencyOf } from '../../engine/prepare-apply.ts'
import { contextOf, isIn } from '../../kernel/actor-record.ts'
import { newId } from '../new-id.ts'
import type { ControlWrites } from './control-writes.ts'
import { submitPlain, type WritesContext } from './writes-context.ts'

/** How long a token may be redeemed when nothing else is said. */
export const TOKEN_EXPIRES_MS = 24 * 60 * 60 * 1_000
const EXPIRES_LEAST_MS = 1_000

export function tokenWrites(context: WritesContext): Pick<ControlWrites, 'createToken' | 'revokeToken'> {
  const { leader, clock, random, tokens } = context
  return {
    async createToken(group, { uses = 1, expiresInMs = TOKEN_EXPIRES_MS }, caller) {
      refuseOutOfBounds(uses, expiresInMs)
      const fresh = newId(clock, random)
      const { body } = await submitPlain(context, caller, 'create-token', {
        id: fresh,
        group,
        uses,
        expiresAtMs: clock.wallMs() + expiresInMs,
        secretDigest: digestOfBytes(Buffer.from(tokens.secretOf(fresh))),
        idempotency: idempotencyOf(caller),
      })
      // The id is an older one when the request repeats an earlier one: its secret is derived, so it is the same.
      const { token: id } = body as { readonly token: string }
      const record = leader.view.get(tokenAddress(id))
      if (record === undefined) {
        throw new KonorError(
          'KONOR_ENGINE_NOT_FOUND',
          `the token ${id} of the earlier request is no longer kept`,
        )
      }
      const made = contextOf<TokenContext>(record)
      const expiresAt = new Date(made.expiresAtMs).toISOString()
      return { id, token: tokens.textOf(id, made.group), uses: made.uses, expiresAt }
    },
    async revokeToken(id, caller) {
      const record = leader.view.get(tokenAddress(id))
      // Said again, it is done already: no second record, no refusal.
      if (record !== undefined && isIn(record, 'revoked')) return
      await submitPlain(context, caller, 'revoke-token', { id })
    },
  }
}

function refuseOutOfBounds(uses: number, expiresInMs: number): void {
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > TOKEN_USES_MAX) {
    throw new KonorError('KONOR_ENGINE_INVALID', `uses must be 1 to ${TOKEN_USES_MAX}`)
  }
  if (!Number.isSafeInteger(expiresInMs) || expiresInMs < EXPIRES_LEAST_MS) {
    throw new KonorError('KONOR_ENGINE_INVALID', 'expires must be a second or more')
  }
}
