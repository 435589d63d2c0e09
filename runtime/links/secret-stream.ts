import { createRequire } from 'node:module'
import type { KeyPair, PublicKey } from './link.ts'

/**
 * `@hyperswarm/secret-stream` is CommonJS without types: this is the one place that imports it, with the part of its
 * surface that we use (6.9). It speaks Noise (IK here) over any stream, then frames of a 3-byte little-endian length
 * and one libsodium secretstream message.
 */
export interface SecretStream {
  readonly remotePublicKey: PublicKey | null
  on(event: 'connect' | 'end' | 'close', listener: () => void): void
  on(event: 'data', listener: (message: Uint8Array) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  write(message: Uint8Array): boolean
  end(): void
  pause(): void
  resume(): void
  destroy(error?: Error): void
}

/** What the secret stream needs of the byte stream below it. */
export interface RawStream {
  on(event: 'data', listener: (bytes: Uint8Array) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'end' | 'drain' | 'close', listener: () => void): void
  write(bytes: Uint8Array): boolean
  end(): void
  pause(): void
  resume(): void
  destroy(error?: Error | null): void
}

export interface SecretStreamOptions {
  readonly pattern: 'IK'
  readonly keyPair: KeyPair
  /** Of the initiator: the key that the responder must prove. */
  readonly remotePublicKey?: PublicKey
  /** False: no unordered messages, which only datagram transports have. */
  readonly enableSend: false
}

interface SecretStreamClass {
  new (isInitiator: boolean, rawStream: RawStream, options: SecretStreamOptions): SecretStream
  keyPair(seed?: Uint8Array): KeyPair
}

const SecretStreamImplementation = createRequire(import.meta.url)(
  '@hyperswarm/secret-stream',
) as SecretStreamClass

export function createSecretStream(
  isInitiator: boolean,
  raw: RawStream,
  options: SecretStreamOptions,
): SecretStream {
  return new SecretStreamImplementation(isInitiator, raw, options)
}

/** A new Ed25519 key pair; from 32 bytes of seed always the same one. */
export function createKeyPair(seed?: Uint8Array): KeyPair {
  // The pair may be a view of a pooled buffer: keys are copied so that they pin and reveal nothing beside them.
  const { publicKey, secretKey } = SecretStreamImplementation.keyPair(seed)
  return { publicKey: new Uint8Array(publicKey), secretKey: new Uint8Array(secretKey) }
}
