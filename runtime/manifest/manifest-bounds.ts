/** Bytes of all manifests of one job, as UTF-8. */
export const MANIFEST_BYTES_MAX = 20 * 1024 * 1024
/** Documents of one job, over all its files. */
export const DOCUMENTS_MAX = 1_000
/** Keys of one ConfigSet. */
export const ENTRIES_MAX = 10_000
/** Keys of one resolved bundle. */
export const BUNDLE_KEYS_MAX = 10_000
/** Bytes of one resolved bundle, or of one ConfigSet's entries, in canonical form. */
export const BUNDLE_BYTES_MAX = 16 * 1024 * 1024
/** Arrays and objects inside each other within one value. */
export const VALUE_DEPTH_MAX = 32
/** ConfigSets that one group may layer. */
export const GROUP_SETS_MAX = 100
/** Labels of one document, and the longest value of one. */
export const LABELS_MAX = 64
export const LABEL_LENGTH_MAX = 256
/** Longest text of a secret reference. */
export const SECRET_REFERENCE_LENGTH_MAX = 2_048
/** Problems that are reported at once; more are only counted. */
export const MANIFEST_ERRORS_MAX = 100
/** Lexical tokens of one file: what bounds memory, because a syntax tree costs far more than its text. */
export const LEXEMES_MAX = 1_000_000
/** Open constructions of one file; the reader recurses over them. Far above what VALUE_DEPTH_MAX needs. */
export const SYNTAX_DEPTH_MAX = 256
/** What aliases (`*name`) of one file may add, as characters plus nodes: the bound on "billion laughs". */
export const ALIAS_WEIGHT_MAX = 1024 * 1024
