import type { Refusal } from '../../actors/vocabulary/instruction.ts'
import type { Input } from '../kernel/input.ts'

/** Scopes there are. `admin` may everything that a person may; `node` speaks for one agent; `system` is the leader. */
export type Scope = 'admin' | 'node' | 'system'

/** Which scope each route asks for. A route that is not named here is the leader's own. */
const NEEDED: Readonly<Record<string, Scope>> = {
  declare: 'admin',
  rollback: 'admin',
  control: 'admin',
  cancel: 'admin',
  'delete-group': 'admin',
  'delete-policy': 'admin',
  'create-token': 'admin',
  'revoke-token': 'admin',
  'drain-node': 'admin',
  'remove-node': 'admin',
  'rotate-keyring': 'admin',
  freeze: 'admin',
  thaw: 'admin',
  barrier: 'admin',
  redeem: 'node',
  hello: 'node',
  report: 'node',
}

/**
 * Whether an input may do what its route does: pure, and asked inside the fold, so that no check before it can be
 * overtaken. Undefined means yes.
 */
export function authorise(input: Input): Refusal | undefined {
  const needed = NEEDED[input.route] ?? 'system'
  if (input.scopes.includes(needed)) return undefined
  return {
    code: 'KONOR_ENGINE_DENIED',
    message: `${input.by} lacks the scope ${needed} that ${input.route} needs`,
    details: { needed, route: input.route },
  }
}
