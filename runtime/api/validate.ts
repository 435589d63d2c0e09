import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import { components } from './schemas/components.ts'

/**
 * Validates requests by the route schemas. Text from the URL is coerced to the wanted type; a body never is: a number
 * written as text is an error of its author, not a number.
 */
export function validateRequests(app: FastifyInstance): void {
  const ofUrl = createValidator({ coerceTypes: true })
  const ofBody = createValidator({ coerceTypes: false })
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? ofBody : ofUrl).compile(schema as object),
  )
  // The schemas document the answers; they never shape them, so that nothing is dropped on the way out.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
}

/** A JSON Schema 2020-12 validator that knows the components. */
export function createValidator(options: { readonly coerceTypes: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    ...options,
    useDefaults: true,
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
  })
  addFormats.default(ajv)
  for (const [name, schema] of Object.entries(components)) ajv.addSchema({ ...schema, $id: name })
  return ajv
}
