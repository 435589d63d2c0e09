import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { mustBelong } from './must-belong.ts'
import type { ServedGeneration } from './served-states.ts'
import type { SessionContext } from './session-context.ts'
import { SNAPSHOT_PIECE_MAX_BYTES } from './socket-limits.ts'
import type { SocketRequest } from './socket-messages.ts'

type SnapshotRequest = Extract<SocketRequest, { op: 'snapshot' }>

/** Answers the `snapshot` requests of one connection: pieces of one immutable generation. */
export class SnapshotAnswers {
  readonly #context: SessionContext
  /** What a snapshot without an activation began with, so that its later pieces are of the same generation. */
  #fetching: { readonly group: string; readonly generation: ServedGeneration } | undefined

  constructor(context: SessionContext) {
    this.#context = context
  }

  /**
   * The piece from the request's offset on. Throws `KONOR_SOCKET_GROUP_UNKNOWN`, `KONOR_SOCKET_ACTIVATION_UNKNOWN` and
   * `KONOR_SOCKET_OFFSET_INVALID`.
   */
  answer(request: SnapshotRequest): Uint8Array {
    const { id, group, offset } = request
    const { state, bundle } = this.#generationFor(request)
    const size = bundle.length
    if (offset > size) {
      const message = `offset ${offset} of a bundle of ${size} bytes`
      throw new KonorError('KONOR_SOCKET_OFFSET_INVALID', message, { details: { group, sizeBytes: size } })
    }
    const bytes = bundle.subarray(offset, offset + SNAPSHOT_PIECE_MAX_BYTES)
    const last = offset + bytes.length === size
    if (last) this.#fetching = undefined
    const { revision, digest, activation } = state
    return encodeCanonical({ id, ok: true, revision, digest, activation, size, offset, bytes, last })
  }

  /** Lets go of a generation whose pieces nobody will ask for any more. */
  forget(): void {
    this.#fetching = undefined
  }

  #generationFor({ group, activation, offset }: SnapshotRequest): ServedGeneration {
    const fetching = this.#fetching
    if (activation === undefined && offset > 0 && fetching?.group === group) return fetching.generation
    mustBelong(this.#context.service, group)
    const generation = this.#context.states.generation(group, activation)
    if (generation === undefined) {
      const message = `activation ${activation ?? 'now'} of ${JSON.stringify(group)} is not held`
      throw new KonorError('KONOR_SOCKET_ACTIVATION_UNKNOWN', message, { details: { group } })
    }
    if (activation === undefined) this.#fetching = { group, generation }
    return generation
  }
}
