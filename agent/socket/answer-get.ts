import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { FRAME_BODY_MAX_BYTES } from './frame.ts'
import { mustBelong } from './must-belong.ts'
import type { SessionContext } from './session-context.ts'
import type { SocketRequest } from './socket-messages.ts'

type GetRequest = Extract<SocketRequest, { op: 'get' }>

/**
 * The answer to `get`: one key of the active generation. A missing key is `found: false`. Throws
 * `KONOR_SOCKET_GROUP_UNKNOWN` and `KONOR_SOCKET_VALUE_TOO_LARGE`.
 */
export function answerGet({ service }: SessionContext, { id, group, key }: GetRequest): Uint8Array {
  const values = service.values(group)
  const revision = service.state(group)?.revision
  if (values === undefined || revision === undefined) {
    mustBelong(service, group)
    return encodeCanonical({ id, ok: true, revision: 0, found: false, value: null })
  }
  const value = values.get(key)
  const found = value !== undefined
  const body = encodeCanonical({ id, ok: true, revision, found, value: (found ? value : null) as CborValue })
  if (body.length <= FRAME_BODY_MAX_BYTES) return body
  throw new KonorError('KONOR_SOCKET_VALUE_TOO_LARGE', `the value of ${JSON.stringify(key)} needs snapshot`)
}
