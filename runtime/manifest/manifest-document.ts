import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'

/**
 * Key → value of one ConfigSet. Values are JSON; `{ $secret: "…" }` anywhere in one is an opaque reference.
 */
export type Entries = Readonly<Record<string, CborValue>>

export type Labels = Readonly<Record<string, string>>

/** Where a document begins, for messages about it. Not part of what it declares. */
export interface DocumentOrigin {
  readonly file: string
  readonly line: number
}

/** Declares the entries of one path, wholly: keys that it does not name are removed from the head. */
export interface ConfigSetDocument {
  readonly kind: 'ConfigSet'
  readonly path: string
  readonly labels: Labels
  readonly entries: Entries
  readonly origin: DocumentOrigin
}

/**
 * Declares a group: its ConfigSets, of which a later one overrides an earlier, and the name of its policy.
 */
export interface GroupDocument {
  readonly kind: 'Group'
  readonly name: string
  readonly labels: Labels
  readonly sets: readonly string[]
  readonly policy: string
  readonly origin: DocumentOrigin
}

/** Declares a named policy: a built-in one with its parameters. */
export interface PolicyDocument {
  readonly kind: 'Policy'
  readonly name: string
  readonly labels: Labels
  readonly uses: string
  readonly with: Readonly<Record<string, CborValue>>
  readonly origin: DocumentOrigin
}

export type ManifestDocument = ConfigSetDocument | GroupDocument | PolicyDocument
