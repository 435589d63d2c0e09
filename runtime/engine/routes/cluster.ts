import { CLUSTER } from '../../../actors/vocabulary/addresses.ts'
import { emit, spawn, tell } from '../../../actors/vocabulary/instruction.ts'
import type { Audit, Route } from '../../kernel/input.ts'

/** The first record of a cluster: its id and the digests of its API keys. */
export const bootstrapRoute: Route = (view, input) => {
  if (view.get(CLUSTER) !== undefined) return { instructions: [] }
  const audit: Audit = { action: 'cluster.bootstrap', resource: CLUSTER, detail: {} }
  return { audit, instructions: [spawn(CLUSTER, input.body)] }
}

/** A leader begins, or raises its order: the record itself carries timeline, epoch and fold version. */
export const claimRoute: Route = (_, __, ___, position) => ({
  instructions: [
    emit('leader.claimed', {
      timeline: position.timeline,
      epoch: position.epoch,
      foldVersion: position.foldVersion,
    }),
  ],
})

/** Says what the state hashes to at a sequence: a checkpoint is believed only when its hash is in the chain. */
export const checkpointRoute: Route = (_, input) => {
  const { seq, stateHash } = input.body as { seq: number; stateHash: string }
  return { instructions: [emit('journal.checkpoint', { seq, stateHash })] }
}

/** Changes nothing: that it was appended proves that this central still leads. */
export const barrierRoute: Route = () => ({ reply: null, instructions: [] })

export const freezeRoute: Route = clusterRoute('cluster.freeze', 'FREEZE')
export const thawRoute: Route = clusterRoute('cluster.thaw', 'THAW')

function clusterRoute(action: string, type: string): Route {
  return (_, input) => ({
    audit: { action, resource: CLUSTER, detail: {} },
    // Freezing what is frozen changes nothing and is no error.
    reply: null,
    instructions: [tell(CLUSTER, { type, by: input.by })],
  })
}
