import { decodeCanonical } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

const FORMAT = 1

/** The word of a leader that lives. */
export function encodeBeat(epoch: number): Uint8Array {
  return encodeCanonical([FORMAT, epoch])
}

/** The epoch, or undefined for what is no beat: as it proves nothing, so it disproves nothing. */
export function decodeBeat(word: Uint8Array): number | undefined {
  try {
    const value = decodeCanonical(word)
    const [format, epoch] = Array.isArray(value) ? (value as readonly unknown[]) : []
    return format === FORMAT && typeof epoch === 'number' ? epoch : undefined
  } catch (thrown) {
    if (isKonorError(thrown)) return undefined
    throw thrown
  }
}
