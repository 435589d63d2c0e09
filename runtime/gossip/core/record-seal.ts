import type { Update } from './messages.ts'

/**
 * Proof that `alive` and `left` were said by their subject. Pure functions of their arguments and a key of the host:
 * no clock, no network. A member without a seal trusts whoever may speak to it at all.
 */
export interface RecordSeal {
  /** Signs state, id, epoch, incarnation, address and metaHash. */
  sign(update: Update): Uint8Array
  /** Whether `update.signature` is the subject's. Asked only when the update would change something. */
  verify(update: Update): boolean
}
