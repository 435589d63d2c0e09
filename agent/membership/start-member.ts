import { KonorError, isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { createMember } from '../../runtime/gossip/core/member.ts'
import { PRESETS } from '../../runtime/gossip/core/presets.ts'
import type { MemberEvent } from '../../runtime/gossip/core/events.ts'
import type { MemberIdentity } from '../../runtime/gossip/wire/member-identity.ts'
import { createKeyring } from '../../runtime/gossip/wire/keyring.ts'
import type { GossipInvitation } from '../../runtime/links/protocol.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { GossipHost, StartGossipHost } from './gossip-host.ts'
import type { Binding } from './where-to-bind.ts'

export interface MemberPlan {
  readonly startHost: StartGossipHost
  readonly clusterId: string
  readonly identity: MemberIdentity
  readonly epoch: number
  readonly invitation: GossipInvitation
  readonly metaHash: string
  readonly heartbeat: Uint8Array | undefined
  /** Where it may be bound, the best place first. */
  readonly bindings: readonly Binding[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly onEvent: (event: MemberEvent) => void
}

/**
 * Starts the member of a node at the first place that can be bound. Throws `KONOR_GOSSIP_BIND` when none can,
 * `KONOR_GOSSIP_KEY_INVALID` when the invitation has no key.
 */
export async function startMember(plan: MemberPlan): Promise<GossipHost> {
  const { bindings, clusterId, identity, clock, random, logger, onEvent, invitation, epoch } = plan
  const [first, ...others] = invitation.keys
  if (first === undefined)
    throw new KonorError('KONOR_GOSSIP_KEY_INVALID', 'central named no gossip key: look at its log')
  const described = {
    epoch,
    metaHash: plan.metaHash,
    ...(plan.heartbeat === undefined ? {} : { heartbeat: plan.heartbeat }),
  }
  let refusal: unknown = new KonorError('KONOR_GOSSIP_BIND', 'no address to bind is known yet')
  for (const binding of bindings) {
    try {
      return await plan.startHost({
        ...binding,
        clusterId,
        identity,
        keyring: createKeyring([first, ...others]),
        clock,
        random,
        logger,
        onEvent,
        createMember: ({ id, address, nowMs, seal }) =>
          createMember({
            config: PRESETS[invitation.preset],
            self: { id, address, ...described },
            random,
            nowMs,
            seal,
          }),
      })
    } catch (error) {
      if (!isKonorError(error, 'KONOR_GOSSIP_BIND')) throw error
      logger.debug({ err: error, bind: binding.bind }, 'a place for gossip is taken')
      refusal = error
    }
  }
  throw refusal
}
