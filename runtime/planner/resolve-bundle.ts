import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { atLeastBytes } from '../manifest/at-least-bytes.ts'
import { BUNDLE_BYTES_MAX, BUNDLE_KEYS_MAX } from '../manifest/manifest-bounds.ts'
import type { Entries } from '../manifest/manifest-document.ts'
import { compareText } from './compare-text.ts'

/** The entries of one path, as one layer of a bundle. */
export interface Layer {
  readonly path: string
  readonly entries: Entries
}

/** An effective value and the path it comes from. */
export interface Effective {
  readonly value: CborValue
  readonly path: string
}

/** Key → what is effective. */
export type EffectiveEntries = ReadonlyMap<string, Effective>

/** One key that several layers hold: `winner` is the last of them, `shadowed` the others in order. */
export interface Override {
  readonly key: string
  readonly winner: string
  readonly shadowed: readonly string[]
}

/** What the processes of a group get: one canonical CBOR map of key → value. */
export interface Bundle {
  readonly bytes: Uint8Array
  readonly digest: Digest
  readonly sizeBytes: number
  readonly keys: number
  readonly effective: EffectiveEntries
  readonly overrides: readonly Override[]
}

/** The effective entries of ordered layers: a later layer overrides an earlier one. */
export function layerEntries(layers: readonly Layer[]): EffectiveEntries {
  const effective = new Map<string, Effective>()
  for (const { path, entries } of layers) {
    for (const key of Object.keys(entries)) effective.set(key, { value: entries[key] ?? null, path })
  }
  return effective
}

/**
 * Resolves ordered layers to a group's bundle. `KONOR_BUNDLE_KEYS` past 10,000 keys, `KONOR_BUNDLE_BYTES`
 * past 16 MiB; `KONOR_CBOR_UNSUPPORTED` for a value without a canonical form.
 */
export function resolveBundle(group: string, layers: readonly Layer[]): Bundle {
  const effective = layerEntries(layers)
  if (effective.size > BUNDLE_KEYS_MAX) {
    const details = { group, bound: BUNDLE_KEYS_MAX, found: effective.size }
    const message = `Group ${group} resolves to ${effective.size} keys; at most ${BUNDLE_KEYS_MAX} are possible`
    throw new KonorError('KONOR_BUNDLE_KEYS', message, { details })
  }
  // Without a prototype, so that no key means anything but itself.
  const map = Object.create(null) as Record<string, CborValue>
  for (const [key, { value }] of effective) map[key] = value
  refuseTooLarge(group, atLeastBytes(map))
  const bytes = encodeCanonical(map)
  refuseTooLarge(group, bytes.length)
  const digest = digestOfBytes(bytes)
  return {
    bytes,
    digest,
    sizeBytes: bytes.length,
    keys: effective.size,
    effective,
    overrides: overridesOf(layers, effective),
  }
}

function refuseTooLarge(group: string, sizeBytes: number): void {
  if (sizeBytes <= BUNDLE_BYTES_MAX) return
  const details = { group, bound: BUNDLE_BYTES_MAX, found: sizeBytes }
  const message = `Group ${group} resolves to ${sizeBytes} bytes or more; at most ${BUNDLE_BYTES_MAX} are possible`
  throw new KonorError('KONOR_BUNDLE_BYTES', message, { details })
}

function overridesOf(layers: readonly Layer[], effective: EffectiveEntries): Override[] {
  const shadowed = new Map<string, string[]>()
  for (const { path, entries } of layers) {
    for (const key of Object.keys(entries)) {
      if (effective.get(key)?.path === path) continue
      const paths = shadowed.get(key)
      if (paths === undefined) shadowed.set(key, [path])
      else paths.push(path)
    }
  }
  const keys = [...shadowed].sort(([a], [b]) => compareText(a, b))
  return keys.map(([key, paths]) => ({ key, winner: effective.get(key)?.path ?? '', shadowed: paths }))
}
