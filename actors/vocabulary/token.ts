import { decodeCanonical } from './canonical/decode-cbor.ts'
import type { CborValue } from './canonical/cbor-value.ts'
import { encodeCanonical } from './canonical/encode-canonical.ts'
import { KonorError } from './errors/konor-error.ts'
import { isName } from './names.ts'

/** What a subscription token carries: all that a fresh machine needs to join one group, and to trust who answers. */
export interface Token {
  /** `host:port` of central's link. */
  readonly address: string
  /** The cluster's id. */
  readonly cluster: string
  /** Central's Ed25519 public key, 32 bytes: nobody else is believed at that address. */
  readonly key: Uint8Array
  /** The key of bundles that are passed on between agents; absent while the cluster has none. */
  readonly bundleKey?: Uint8Array
  readonly group: string
  /** Names the token; may be shown and logged. */
  readonly id: string
  /** Proves the right to join; shown once and never logged. */
  readonly secret: string
}

/** Longest token as text. */
export const TOKEN_LENGTH_MAX = 2_048
const PREFIX = 'konor1.'
const VERSION = 1
const KEY_BYTES = 32
const TEXT_LENGTH_MAX = 256

/** The token as one word of text: `konor1.` and the base64url of its canonical CBOR map. */
export function encodeToken(token: Token): string {
  const { address, cluster, key, bundleKey, group, id, secret } = token
  const optional = bundleKey === undefined ? {} : { bundleKey }
  const bytes = encodeCanonical({ v: VERSION, address, cluster, key, group, id, secret, ...optional })
  return PREFIX + Buffer.from(bytes).toString('base64url')
}

/**
 * Reads a token; white space around it is fine. Anything else throws `KONOR_AGENT_BAD_TOKEN`, which never repeats any
 * part of the text: it may be a secret that was only cut.
 */
export function decodeToken(text: string): Token {
  const fields = decodeFields(text.trim())
  const { address, cluster, key, bundleKey, group, id, secret } = fields
  if (fields['v'] !== VERSION) throw bad('it is of another version')
  if (!isKey(key) || !(bundleKey === undefined || isKey(bundleKey))) throw bad('a key of it is no key')
  if (!isText(address) || !isText(cluster) || !isText(id) || !isText(secret)) throw bad('a field is missing')
  if (!isText(group) || !isName(group)) throw bad('its group is no name')
  return { address, cluster, key, group, id, secret, ...(bundleKey === undefined ? {} : { bundleKey }) }
}

function decodeFields(text: string): Readonly<Record<string, CborValue | undefined>> {
  if (!text.startsWith(PREFIX)) throw bad(`it does not begin with ${PREFIX}`)
  if (text.length > TOKEN_LENGTH_MAX) throw bad('it is too long')
  const encoded = text.slice(PREFIX.length)
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) throw bad('it holds characters that no token has')
  let value: CborValue
  try {
    value = decodeCanonical(Buffer.from(encoded, 'base64url'))
  } catch {
    // The cause may quote what it read; the text must not get into a log.
    throw bad('it is cut or altered')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw bad('it is cut or altered')
  return value as Readonly<Record<string, CborValue | undefined>>
}

function isKey(value: CborValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length === KEY_BYTES
}

function isText(value: CborValue | undefined): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_LENGTH_MAX
}

function bad(why: string): KonorError {
  return new KonorError(
    'KONOR_AGENT_BAD_TOKEN',
    `this is not a token: ${why}. Copy it whole, or create a new one`,
  )
}
