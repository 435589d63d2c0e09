import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { RequestId } from './socket-messages.ts'

/** The body of an `error` frame; `id` is null where the failed request cannot be named. */
export function errorBody(id: RequestId | null, error: KonorError): Uint8Array {
  return encodeCanonical({
    id,
    ok: false,
    error: { code: error.code, message: error.message.toWellFormed() },
  })
}
