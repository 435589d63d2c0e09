import { effectDoneRoute, timerDueRoute } from '../../kernel/fold.ts'
import type { Route } from '../../kernel/input.ts'
import { authorise } from '../authorise.ts'
import { alertRoute } from './alerts.ts'
import {
  barrierRoute,
  bootstrapRoute,
  checkpointRoute,
  claimRoute,
  freezeRoute,
  thawRoute,
} from './cluster.ts'
import { declareRoute } from './declare.ts'
import { deleteGroupRoute, deletePolicyRoute } from './deletions.ts'
import { drainNodeRoute, helloRoute, livenessRoute, removeNodeRoute, reportRoute } from './nodes.ts'
import { advanceKeyringRoute, rotateKeyringRoute } from './keyring.ts'
import { cancelRoute, controlRoute, rollbackRoute } from './rollout.ts'
import { createTokenRoute, redeemRoute, revokeTokenRoute } from './tokens.ts'

/**
 * Every way into the state, by name: what an input may be. Authorisation is decided inside the fold, before
 * all else.
 */
export const routes: Readonly<Record<string, Route>> = Object.fromEntries(
  Object.entries({
    'advance-keyring': advanceKeyringRoute,
    alert: alertRoute,
    barrier: barrierRoute,
    bootstrap: bootstrapRoute,
    cancel: cancelRoute,
    checkpoint: checkpointRoute,
    claim: claimRoute,
    control: controlRoute,
    'create-token': createTokenRoute,
    declare: declareRoute,
    'delete-group': deleteGroupRoute,
    'delete-policy': deletePolicyRoute,
    'drain-node': drainNodeRoute,
    effect: effectDoneRoute,
    freeze: freezeRoute,
    hello: helloRoute,
    liveness: livenessRoute,
    redeem: redeemRoute,
    'remove-node': removeNodeRoute,
    report: reportRoute,
    'revoke-token': revokeTokenRoute,
    rollback: rollbackRoute,
    'rotate-keyring': rotateKeyringRoute,
    thaw: thawRoute,
    timer: timerDueRoute,
  } satisfies Record<string, Route>).map(([name, route]) => [name, authorised(route)]),
)

function authorised(route: Route): Route {
  return (view, input, at, position) => {
    const denied = authorise(input)
    if (denied === undefined) return route(view, input, at, position)
    return {
      refuse: denied,
      audit: { action: input.route, resource: 'cluster/main', detail: { denied: true } },
    }
  }
}
