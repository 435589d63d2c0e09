import type { ControlWrites } from './control-writes.ts'
import { declarationWrites } from './declaration-writes.ts'
import { nodeWrites } from './node-writes.ts'
import { rolloutWrites } from './rollout-writes.ts'
import { tokenWrites } from './token-writes.ts'
import type { WritesContext } from './writes-context.ts'

/** The writing half of `Control`: every method is one input, and resolves when its record is durable. */
export function createWrites(context: WritesContext): ControlWrites {
  return {
    ...declarationWrites(context),
    ...rolloutWrites(context),
    ...tokenWrites(context),
    ...nodeWrites(context),
  }
}
