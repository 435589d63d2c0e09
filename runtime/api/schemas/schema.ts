/** A JSON Schema 2020-12 document, as data. */
export type Schema = Readonly<Record<string, unknown>>

/** A reference to a component by its name. */
export function ref(name: string): Schema {
  return { $ref: `${name}#` }
}

/** An object whose `required` members must be there; `optional` ones may; nothing else is promised. */
export function object(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } }
}

/** An object that a caller sends: unknown members are refused, so that a misspelt one is never ignored. */
export function closed(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { ...object(required, optional), additionalProperties: false }
}

export function array(items: Schema): Schema {
  return { type: 'array', items }
}

export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values }
}

export function text(description?: string): Schema {
  return description === undefined ? { type: 'string' } : { type: 'string', description }
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values }
}

export function nullable(schema: Schema): Schema {
  return typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : { anyOf: [schema, { type: 'null' }] }
}

export const integer: Schema = { type: 'integer', minimum: 0 }
export const boolean: Schema = { type: 'boolean' }
export const time: Schema = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC' }
export const digest: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'SHA-256' }
/** Any JSON value. */
export const anyValue: Schema = { description: 'any JSON value' }
