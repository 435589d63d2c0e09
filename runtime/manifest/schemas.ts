import { NAME_LENGTH_MAX, PATH_LENGTH_MAX } from '../../actors/vocabulary/names.ts'
import { ENTRIES_MAX, GROUP_SETS_MAX, LABELS_MAX, LABEL_LENGTH_MAX } from './manifest-bounds.ts'

/** A JSON Schema (2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What every manifest document says of its version. */
export const API_VERSION = 'konorkestra/v1'

const SEGMENT = '[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?'

/** As `isName` says; `expected` is what a message asks for. */
export const nameSchema = {
  type: 'string',
  minLength: 1,
  maxLength: NAME_LENGTH_MAX,
  pattern: `^${SEGMENT}$`,
  description: 'Lower-case letters, digits, `-`, `.`, `_`; begins and ends with a letter or digit.',
} as const

/** As `isPath` says. */
export const pathSchema = {
  type: 'string',
  minLength: 2,
  maxLength: PATH_LENGTH_MAX,
  pattern: `^(/${SEGMENT})+$`,
  description: 'A ConfigSet path: `/` and names separated by `/`, for example `/teams/payments`.',
} as const

const labelsSchema = {
  type: 'object',
  maxProperties: LABELS_MAX,
  propertyNames: nameSchema,
  additionalProperties: { type: 'string', maxLength: LABEL_LENGTH_MAX },
} as const

/** Keys and values of entries are checked by `checkEntries`: their rules are more than a schema can say. */
const entriesSchema = {
  type: 'object',
  maxProperties: ENTRIES_MAX,
  description: 'Key → value. Keys are names; values are any JSON; { "$secret": "…" } is an opaque reference.',
} as const

function documentSchema(kind: string, metadata: JsonSchema, spec: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    properties: { apiVersion: { const: API_VERSION }, kind: { const: kind }, metadata, spec },
  }
}

function objectSchema(properties: JsonSchema, required: readonly string[]): JsonSchema {
  return { type: 'object', required, additionalProperties: false, properties }
}

const namedMetadata = objectSchema({ name: nameSchema, labels: labelsSchema }, ['name'])

export const configSetSchema = documentSchema(
  'ConfigSet',
  objectSchema({ path: pathSchema, labels: labelsSchema }, ['path']),
  objectSchema({ entries: entriesSchema }, ['entries']),
)

export const groupSchema = documentSchema(
  'Group',
  namedMetadata,
  objectSchema(
    {
      sets: { type: 'array', minItems: 1, maxItems: GROUP_SETS_MAX, items: pathSchema },
      policy: nameSchema,
    },
    ['sets', 'policy'],
  ),
)

export const policySchema = documentSchema(
  'Policy',
  namedMetadata,
  objectSchema({ uses: nameSchema, with: { type: 'object' } }, ['uses']),
)

/** Kind → the schema of its documents. */
export const manifestSchemas = {
  ConfigSet: configSetSchema,
  Group: groupSchema,
  Policy: policySchema,
} as const

/** Any manifest document, for OpenAPI. */
export const manifestSchema: JsonSchema = { oneOf: Object.values(manifestSchemas) }

export type ManifestKind = keyof typeof manifestSchemas

/** Kinds that are part of the product and not served by this version. */
export const UNAVAILABLE_KINDS: readonly string[] = ['Namespace', 'Schema', 'Source', 'Deployment', 'Team']
