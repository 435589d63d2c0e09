import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Clock } from '../../runtime/ports/clock.ts'
import type { Logger } from '../../runtime/ports/logger.ts'
import type { Random } from '../../runtime/ports/random.ts'
import type { CommittedProof } from '../store/group-record.ts'
import { encodeProof, sealPiece } from './peer-answer.ts'
import { PIECE_BYTES, SERVED_BYTES_PER_SECOND, TRANSFERS_OUT_MAX } from './peer-limits.ts'
import { type GroupKey, type SealedQuestion, openQuestion } from './peer-question.ts'

export interface ServePeersOptions {
  /** The groups that this node belongs to, with their keys. */
  readonly groupKeys: () => Iterable<GroupKey>
  /** The proof of what a group committed, as it is on disk. */
  readonly proofOf: (group: string) => CommittedProof | undefined
  readonly readBundle: (digest: Digest) => Promise<Uint8Array | undefined>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface PeerService {
  /** Answers one question; nothing at all to whoever is not in the group, or when this node does not have it. */
  answer(payload: Uint8Array): AsyncIterable<Uint8Array>
  readonly stats: { readonly proofsServed: number; readonly bundlesServed: number }
}

/**
 * What peers may have of this node: the proof of what a group committed, and the bytes that it names. A candidate is
 * never among it, as nobody has signed that it is committed.
 */
export function createPeerService(options: ServePeersOptions): PeerService {
  const { random, clock, logger } = options
  const stats = { proofsServed: 0, bundlesServed: 0 }
  let transfers = 0
  let freeAtMs = -Infinity

  /** Waits until these bytes are within what this node gives in a second. */
  async function pace(sizeBytes: number): Promise<void> {
    const nowMs = clock.monotonicMs()
    const waitMs = freeAtMs - nowMs
    freeAtMs = Math.max(freeAtMs, nowMs) + (sizeBytes / SERVED_BYTES_PER_SECOND) * 1_000
    if (waitMs > 0) await new Promise<void>(resolve => clock.startTimer(waitMs, resolve))
  }

  async function* bundle(question: SealedQuestion, digest: Digest): AsyncGenerator<Uint8Array> {
    if (transfers >= TRANSFERS_OUT_MAX || options.proofOf(question.group)?.digest !== digest) return
    transfers++
    try {
      const bytes = await read(digest)
      if (bytes === undefined) return
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const piece = bytes.subarray(at, at + PIECE_BYTES)
        await pace(piece.length)
        yield sealPiece(question, at / PIECE_BYTES, piece, random)
      }
      stats.bundlesServed++
    } finally {
      transfers--
    }
  }

  async function read(digest: Digest): Promise<Uint8Array | undefined> {
    try {
      return await options.readBundle(digest)
    } catch (error) {
      // Whoever serves it here meets the same damage and mends it; a peer has others to ask.
      if (!isKonorError(error)) throw error
      logger.warn({ err: error, code: error.code, digest }, 'cannot give a bundle to a peer')
      return undefined
    }
  }

  return {
    stats,
    async *answer(payload) {
      const question = openQuestion(payload, options.groupKeys())
      if (question === undefined) return
      if (question.question.ask === 'bundle') return yield* bundle(question, question.question.digest)
      const proof = options.proofOf(question.group)
      if (proof === undefined) return
      stats.proofsServed++
      yield sealPiece(question, 0, encodeProof(proof), random)
    },
  }
}
