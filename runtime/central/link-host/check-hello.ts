import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Position } from '../../kernel/kernel-state.ts'
import { type AgentHello, LINK_PROTOCOL } from '../../links/protocol.ts'
import { EPOCH_JUMP_MAX, TIMELINE_JUMP_MAX } from './link-host-bounds.ts'

/**
 * Whether a `hello` may go on to the state. Throws `KONOR_LINK_OTHER_CLUSTER`, `KONOR_LINK_PROTOCOL`, and
 * `KONOR_LINK_MALFORMED` for an order of commands that no restore explains: one bad agent must not use up the numbers.
 */
export function checkHello(hello: AgentHello, clusterId: string, position: Position): void {
  if (hello.cluster !== clusterId)
    throw new KonorError('KONOR_LINK_OTHER_CLUSTER', 'the agent belongs to another cluster')
  const [min, max] = hello.protocol
  if (min > LINK_PROTOCOL.max || max < LINK_PROTOCOL.min)
    throw new KonorError(
      'KONOR_LINK_PROTOCOL',
      `the agent speaks protocol ${min} to ${max}, this central ${LINK_PROTOCOL.min} to ${LINK_PROTOCOL.max}`,
    )
  const isFar =
    hello.timeline - position.timeline > TIMELINE_JUMP_MAX || hello.epoch - position.epoch > EPOCH_JUMP_MAX
  if (isFar)
    throw new KonorError(
      'KONOR_LINK_MALFORMED',
      `the agent claims to have heard epoch ${hello.epoch} of timeline ${hello.timeline}, which cannot be`,
      { details: { timeline: hello.timeline, epoch: hello.epoch } },
    )
}
