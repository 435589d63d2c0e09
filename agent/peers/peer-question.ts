import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { type Digest, isDigest } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { seal, unseal } from '../store/seal.ts'
import { QUESTION_NONCE_BYTES } from './peer-limits.ts'

/** What gossip carries these questions under. */
export const PEER_REQUEST = 'konorkestra/last-good/1'

const NAME_LABEL = 'konorkestra/peer-name/v1'
const KEY_LABEL = 'konorkestra/peer-seal/v1'
const KEY_BYTES = 32
const QUESTION = 'konor-peer-question'

/** The newest proof that the peer holds of a group, or the bytes of what it proves. */
export type PeerQuestion = { readonly ask: 'proof' } | { readonly ask: 'bundle'; readonly digest: Digest }

/** The key that all members of a group have, and nobody else. */
export interface GroupKey {
  readonly group: string
  readonly key: Uint8Array
}

/** One question with what seals its answer: a key of its own, which whoever has the group's key derives too. */
export interface SealedQuestion {
  readonly question: PeerQuestion
  readonly group: string
  readonly sealKey: Uint8Array
}

/** Seals a question so that only members of the group can tell which group it is about, and what is asked. */
export function sealQuestion(
  { group, key }: GroupKey,
  question: PeerQuestion,
  random: Random,
): SealedQuestion & { readonly payload: Uint8Array } {
  const nonce = random.bytes(QUESTION_NONCE_BYTES)
  const sealKey = sealKeyOf(key, nonce)
  const sealed = seal(sealKey, QUESTION, encodeCanonical({ ...question }), random)
  const payload = encodeCanonical({ nonce, name: nameOf(key, nonce), sealed })
  return { question, group, sealKey, payload }
}

/** Reads a question about one of these groups; undefined for one of another group, or anything else. */
export function openQuestion(payload: Uint8Array, groups: Iterable<GroupKey>): SealedQuestion | undefined {
  const { nonce, name, sealed } = readMap(payload)
  if (!(nonce instanceof Uint8Array) || nonce.length !== QUESTION_NONCE_BYTES) return undefined
  if (!(name instanceof Uint8Array) || !(sealed instanceof Uint8Array)) return undefined
  for (const { group, key } of groups) {
    const own = nameOf(key, nonce)
    if (name.length !== own.length || !timingSafeEqual(name, own)) continue
    const sealKey = sealKeyOf(key, nonce)
    const opened = unseal(sealKey, QUESTION, sealed)
    const question = typeof opened === 'string' ? undefined : questionOf(readMap(opened))
    return question === undefined ? undefined : { question, group, sealKey }
  }
  return undefined
}

/** The group by a name that is good for this question alone: who lacks the key cannot tell two groups apart. */
function nameOf(key: Uint8Array, nonce: Uint8Array): Buffer {
  return createHmac('sha256', key).update(NAME_LABEL).update(nonce).digest()
}

function sealKeyOf(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  return Buffer.from(hkdfSync('sha256', key, nonce, KEY_LABEL, KEY_BYTES))
}

function questionOf({ ask, digest }: CborMap): PeerQuestion | undefined {
  if (ask === 'proof') return { ask }
  return ask === 'bundle' && typeof digest === 'string' && isDigest(digest) ? { ask, digest } : undefined
}

type CborMap = Readonly<Record<string, CborValue | undefined>>

/** The map, or one without fields where there is none: a stranger wrote it. */
export function readMap(bytes: Uint8Array): CborMap {
  let value: CborValue
  try {
    value = decodeCanonical(bytes)
  } catch {
    // Whatever else it is, it is no question; the caller says so.
    return {}
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap && !(value instanceof Uint8Array) ? (value as CborMap) : {}
}
