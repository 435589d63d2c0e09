import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Control } from '../../engine/control.ts'
import type { Leader } from '../../engine/leader.ts'
import type { ClusterGossip } from './cluster-gossip.ts'
import { gossipView } from './gossip-view.ts'
import type { KeyRotation } from './key-rotation.ts'

export interface GossipControlOptions {
  readonly leader: Leader
  readonly gossip: ClusterGossip | undefined
  readonly rotation: KeyRotation | undefined
}

/** The part of `Control` that is about gossip. */
export function gossipControl({
  leader,
  gossip,
  rotation,
}: GossipControlOptions): Pick<Control, 'gossip' | 'rotateGossipKey'> {
  const parts = () => {
    if (gossip !== undefined && rotation !== undefined) return { gossip, rotation }
    throw new KonorError('KONOR_ENGINE_NOT_FOUND', 'this central takes no part in gossip')
  }
  const view = () => gossipView({ leader, ...parts() })
  return {
    gossip: view,
    async rotateGossipKey(caller) {
      await parts().rotation.rotate(caller)
      return view()
    },
  }
}
