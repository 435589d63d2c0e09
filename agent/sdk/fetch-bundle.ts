import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { AgentConnection } from './agent-connection.ts'

/** Largest bundle that a process takes: the 16 MiB of a group with room for its keys. */
export const BUNDLE_MAX_BYTES = 32 * 1024 * 1024

/**
 * Fetches the bundle of one activation in pieces and verifies it. Throws `KONOR_SOCKET_DIGEST_MISMATCH` when what came
 * is not what was announced, and whatever the agent answers.
 */
export async function fetchBundle(
  connection: AgentConnection,
  group: string,
  activation: number,
  digest: string,
): Promise<Record<string, CborValue>> {
  const pieces: Uint8Array[] = []
  let offset = 0
  for (let last = false; !last;) {
    const piece = await connection.request('snapshot', { group, activation, offset })
    const { bytes } = piece
    last = piece['last'] === true
    if (!(bytes instanceof Uint8Array) || (bytes.length === 0 && !last))
      throw mismatch('a piece without bytes')
    pieces.push(bytes)
    offset += bytes.length
    if (offset > BUNDLE_MAX_BYTES) throw mismatch(`more than ${BUNDLE_MAX_BYTES} bytes`)
  }
  const bundle = Buffer.concat(pieces)
  if (digestOfBytes(bundle) !== digest) throw mismatch(`not the bundle ${digest}`)
  return decodeCbor(bundle) as Record<string, CborValue>
}

function mismatch(what: string): KonorError {
  return new KonorError('KONOR_SOCKET_DIGEST_MISMATCH', `the agent sent ${what}`)
}
