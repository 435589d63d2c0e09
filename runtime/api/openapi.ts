import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

const DESCRIPTION = `Rolls configuration out to every process on every node, safely, and can show that it did.

Errors are RFC 9457 problems with a stable \`code\`; every code has a page. Writes answer 202 with the job,
or wait for its end with \`Prefer: wait=SECONDS\`. Every answer carries \`Konor-Index\`; \`?index=\` waits until
the replica has folded it and \`?fresh=true\` reads behind a barrier. \`If-Match\` with a version is a
compare-and-set; \`Idempotency-Key\` makes a repeated write one write.`

/** How the OpenAPI 3.1 document is made from the route schemas. */
export function openApiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Konorkestra',
        description: DESCRIPTION,
        version,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ apiKey: [] }, { bearer: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema${index}`,
    },
  }
}
