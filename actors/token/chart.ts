import { defineChart } from '../vocabulary/define-chart.ts'
import { emit } from '../vocabulary/instruction.ts'

/** Most nodes that one token may join. */
export const TOKEN_USES_MAX = 10_000

export interface TokenContext {
  readonly id: string
  readonly group: string
  /** Only the digest of the secret is kept. */
  readonly secretDigest: string
  readonly uses: number
  /** Keys that redeemed it, in hexadecimal: the same key again takes no further use. */
  readonly redeemedBy: readonly string[]
  readonly expiresAtMs: number
  readonly createdAtMs: number
  readonly by: string
}

export type TokenEvent = { readonly type: 'REDEEM'; readonly key: string } | { readonly type: 'REVOKE' }

interface Redeem {
  readonly key: string
}

/**
 * A subscription token. Expiry is a matter of the wall clock and decided where it is redeemed; redemption is
 * idempotent per (token, key), so an agent that lost the answer just repeats it.
 */
export const tokenChart = defineChart<TokenContext>({
  kind: 'token',
  name: 'token@1',
  retain: 1_000,
  initialContext: (input, at) => ({
    ...(input as unknown as Omit<TokenContext, 'redeemedBy' | 'createdAtMs'>),
    redeemedBy: [],
    createdAtMs: at.wallMs,
  }),
  config: {
    initial: 'active',
    states: {
      active: {
        entry: 'announceCreated',
        on: {
          REDEEM: [
            { guard: 'isRepeated' },
            { guard: 'isLastUse', target: 'exhausted', actions: 'count' },
            { actions: 'count' },
          ],
          REVOKE: { target: 'revoked', actions: 'announceRevoked' },
        },
      },
      exhausted: {
        description: 'No use is left; keys that redeemed it may repeat that.',
        on: { REVOKE: { target: 'revoked', actions: 'announceRevoked' } },
      },
      revoked: { type: 'final' },
    },
  },
  guards: {
    isRepeated: ({ redeemedBy }, event: Redeem) => redeemedBy.includes(event.key),
    isLastUse: ({ redeemedBy, uses }) => redeemedBy.length + 1 >= uses,
  },
  updates: {
    count: ({ redeemedBy }, event: Redeem) => ({ redeemedBy: [...redeemedBy, event.key] }),
  },
  instructions: {
    announceCreated: ({ id, group, uses }) => emit('token.created', { token: id, group, uses }),
    announceRevoked: ({ id, group }) => [
      { do: 'reply', body: null },
      emit('token.revoked', { token: id, group }),
    ],
  },
})
