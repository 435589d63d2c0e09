import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { REFUSAL_CODES_MAX } from './peer-limits.ts'

/** What this node asked of peers, gave them and took of them since it started. */
export interface PeerStats {
  /** Questions for a proof, and answers that held one. */
  readonly asked: number
  readonly answered: number
  /** Proofs that this node followed. */
  readonly taken: number
  /** Bundles that came from peers. */
  readonly fetched: number
  /** Answers and peers that were of no use, by the code of the error. */
  readonly refused: Readonly<Record<string, number>>
  readonly proofsServed: number
  readonly bundlesServed: number
}

export class PeerTally {
  readonly counts = { asked: 0, answered: 0, taken: 0, fetched: 0 }
  readonly refused: Record<string, number> = {}

  /** Counts what went wrong; answers its code. */
  refuse(error: unknown): string {
    const code = isKonorError(error) ? error.code : 'other'
    const isFull = Object.keys(this.refused).length >= REFUSAL_CODES_MAX
    const name = Object.hasOwn(this.refused, code) || !isFull ? code : 'other'
    this.refused[name] = (this.refused[name] ?? 0) + 1
    return code
  }
}
