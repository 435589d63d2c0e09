import { readFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { KeyPair } from '../links/link.ts'
import { createKeyPair } from '../links/secret-stream.ts'
import type { Random } from '../ports/random.ts'

/**
 * What a central must never lose and never show: its link identity and the secret that tokens are derived
 * from.
 */
export interface ClusterKeys {
  readonly keyPair: KeyPair
  readonly tokenSecret: Uint8Array
}

/** Reads `DIR/cluster.key` (0600), or makes it before anything else uses it. */
export async function clusterKeys(dataDir: string, random: Random): Promise<ClusterKeys> {
  const file = join(dataDir, 'cluster.key')
  const stored = readIfThere(file)
  if (stored !== undefined) return decodeKeys(file, stored)
  const keys: ClusterKeys = { keyPair: createKeyPair(random.bytes(32)), tokenSecret: random.bytes(32) }
  await writeSecret(dataDir, 'cluster.key', encodeKeys(keys))
  return keys
}

/**
 * The admin's API key in `DIR/admin.key` (0600); made on the first start. Only its digest enters the journal.
 */
export async function adminKey(dataDir: string, random: Random): Promise<string> {
  const stored = readIfThere(join(dataDir, 'admin.key'))
  if (stored !== undefined) return Buffer.from(stored).toString('utf8').trim()
  const key = `konor_${Buffer.from(random.bytes(32)).toString('base64url')}`
  await writeSecret(dataDir, 'admin.key', Buffer.from(`${key}\n`))
  return key
}

function encodeKeys({ keyPair, tokenSecret }: ClusterKeys): Uint8Array {
  const { publicKey, secretKey } = keyPair
  return encodeCanonical({
    v: 1,
    publicKey: bytes(publicKey),
    secretKey: bytes(secretKey),
    tokenSecret: bytes(tokenSecret),
  })
}

function decodeKeys(file: string, stored: Uint8Array): ClusterKeys {
  try {
    const { publicKey, secretKey, tokenSecret } = decodeCanonical(stored) as Readonly<
      Record<string, CborValue>
    >
    if (
      !(
        publicKey instanceof Uint8Array &&
        secretKey instanceof Uint8Array &&
        tokenSecret instanceof Uint8Array
      )
    ) {
      throw new TypeError('a key is missing')
    }
    // The link's library wants buffers.
    return {
      keyPair: { publicKey: Buffer.from(publicKey), secretKey: Buffer.from(secretKey) },
      tokenSecret,
    }
  } catch (cause) {
    throw new KonorError(
      'KONOR_JOURNAL_CORRUPT',
      `${file} is damaged: restore it from a backup; without it no agent recognises this central`,
      { cause },
    )
  }
}

function bytes(key: Uint8Array): Uint8Array {
  return Uint8Array.from(key)
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

/** Temp file, sync, rename, sync of the directory: after a crash the file is whole or absent. */
async function writeSecret(directory: string, name: string, content: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const temporary = join(directory, `.${name}.new`)
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, join(directory, name))
  const parent = await open(directory, 'r')
  try {
    await parent.sync()
  } finally {
    await parent.close()
  }
}
