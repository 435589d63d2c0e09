import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import type { Leader } from '../../engine/leader.ts'
import { indexText, parseIndex } from './record-index.ts'
import type { WaitingRoom } from './waiting-room.ts'

/**
 * Resolves when the record of `index` is folded here. `KONOR_ENGINE_TIMEOUT` when it is not in time. An index
 * of another timeline is `KONOR_ENGINE_INVALID`: a restore lies between, and no waiting makes the two
 * comparable.
 */
export async function waitForIndex(
  leader: Pick<Leader, 'position'>,
  room: WaitingRoom,
  index: string,
  timeoutMs: number,
): Promise<void> {
  const wanted = parseIndex(index)
  const { timeline } = leader.position
  if (wanted.timeline !== timeline) {
    const message = `index ${index} is of timeline ${wanted.timeline}, this is timeline ${timeline}: read without it`
    throw new KonorError('KONOR_ENGINE_INVALID', message, { details: { index, timeline } })
  }
  await room.wait<true>({
    concerns: ({ seq }) => seq >= wanted.seq,
    check: () => (leader.position.seq >= wanted.seq ? true : undefined),
    onTimeout() {
      const at = indexText(leader.position)
      throw new KonorError(
        'KONOR_ENGINE_TIMEOUT',
        `index ${index} was not folded within ${timeoutMs} ms; at ${at}`,
        {
          details: { index, at },
        },
      )
    },
    timeoutMs,
  })
}
