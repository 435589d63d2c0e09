import { createPrivateKey, createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { KeyPair } from '../../runtime/links/link.ts'
import type { Disk } from '../../runtime/ports/disk.ts'
import type { Random } from '../../runtime/ports/random.ts'
import { SEAL_KEY_BYTES } from './seal.ts'

const SEED_BYTES = 32
/** PKCS #8 of an Ed25519 private key up to its seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const OTHERS_MAY_READ = 0o077

/** The agent's identity, made at its first start and durable before it is shown to anyone. */
export async function loadIdentity(disk: Disk, directory: string, random: Random): Promise<KeyPair> {
  const path = join(directory, 'identity.key')
  return keyPairOfSeed(await loadOrMake(disk, path, SEED_BYTES, random))
}

/** The key that seals what is at rest: from the operator's file, or one of the agent's own. */
export async function loadSealKey(
  disk: Disk,
  directory: string,
  random: Random,
  sealKeyFile: string | undefined,
): Promise<Uint8Array> {
  if (sealKeyFile === undefined) return loadOrMake(disk, join(directory, 'seal.key'), SEAL_KEY_BYTES, random)
  const found = await loadKey(disk, sealKeyFile, SEAL_KEY_BYTES)
  if (found !== undefined) return found
  throw new KonorError('KONOR_AGENT_KEY_INVALID', `there is no seal key at ${sealKeyFile}: put one there`)
}

/** The Ed25519 key pair (RFC 8032) of a 32-byte seed; the secret key is seed and public key, 64 bytes. */
export function keyPairOfSeed(seed: Uint8Array): KeyPair {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  return {
    publicKey: Uint8Array.from(publicKey),
    secretKey: Uint8Array.from(Buffer.concat([seed, publicKey])),
  }
}

async function loadOrMake(disk: Disk, path: string, sizeBytes: number, random: Random): Promise<Uint8Array> {
  const found = await loadKey(disk, path, sizeBytes)
  if (found !== undefined) return found
  const made = random.bytes(sizeBytes)
  await disk.writeFileAtomic(path, Buffer.from(`${Buffer.from(made).toString('hex')}\n`), 0o600)
  return made
}

/** Keys are files of hexadecimal digits, so that an operator can make one with common tools. */
async function loadKey(disk: Disk, path: string, sizeBytes: number): Promise<Uint8Array | undefined> {
  const bytes = await disk.readFile(path, 1024)
  if (bytes === undefined) return undefined
  const mode = (await disk.mode(path)) ?? 0
  if ((mode & OTHERS_MAY_READ) !== 0)
    throw new KonorError('KONOR_AGENT_KEY_EXPOSED', `${path} can be read by others: run chmod 600 ${path}`)
  const text = Buffer.from(bytes).toString('latin1').trim()
  if (text.length !== sizeBytes * 2 || !/^[0-9a-f]*$/i.test(text))
    throw new KonorError(
      'KONOR_AGENT_KEY_INVALID',
      `${path} does not hold ${sizeBytes * 2} hexadecimal digits`,
    )
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
