import test from 'ava'
import { generateOpenApi } from './generate-openapi.ts'

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

test('the document is OpenAPI 3.1 and every reference in it leads somewhere', async t => {
  const text = await generateOpenApi('0.0.0-test')
  const document = JSON.parse(text) as Document
  t.is(document.openapi, '3.1.0')
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, target]) => target ?? '')
  t.true(references.length > 20)
  for (const reference of new Set(references)) {
    const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? []
    t.true(name !== undefined && name in document.components.schemas, reference)
  }
})

test('it has the routes of the contract, as the contract writes them', async t => {
  const { paths } = JSON.parse(await generateOpenApi('0.0.0-test')) as Document
  const expected: Readonly<Record<string, readonly string[]>> = {
    '/health': ['get'],
    '/health/ready': ['get'],
    '/metrics': ['get'],
    '/api/v1/openapi.json': ['get'],
    '/api/v1/apply': ['post'],
    '/api/v1/plan': ['post'],
    '/api/v1/diff': ['post'],
    '/api/v1/jobs': ['get'],
    '/api/v1/jobs/{id}': ['get'],
    '/api/v1/jobs/{id}/plan': ['get'],
    '/api/v1/jobs/{id}/cancel': ['post'],
    '/api/v1/jobs/{id}/retry': ['post'],
    '/api/v1/config/{path}/': ['get', 'delete'],
    '/api/v1/config/{path}/{key}': ['get', 'put', 'delete'],
    '/api/v1/history/{path}': ['get'],
    '/api/v1/groups': ['get'],
    '/api/v1/groups/{name}': ['get'],
    '/api/v1/groups/{name}/revisions': ['get'],
    '/api/v1/groups/{name}/diff': ['get'],
    '/api/v1/groups/{name}/nodes': ['get'],
    '/api/v1/groups/{name}/effective': ['get'],
    '/api/v1/groups/{name}/rollout/pause': ['post'],
    '/api/v1/groups/{name}/rollout/abort': ['post'],
    '/api/v1/groups/{name}/rollback': ['post'],
    '/api/v1/groups/{name}/tokens': ['post'],
    '/api/v1/tokens': ['get'],
    '/api/v1/tokens/{id}': ['delete'],
    '/api/v1/nodes': ['get'],
    '/api/v1/nodes/{name}': ['get', 'delete'],
    '/api/v1/nodes/{name}/drain': ['post'],
    '/api/v1/freeze': ['post'],
    '/api/v1/thaw': ['post'],
    '/api/v1/policies': ['get'],
    '/api/v1/policies/{name}': ['get'],
    '/api/v1/actors': ['get'],
    '/api/v1/actors/{address}': ['get'],
    '/api/v1/actors/{address}/events': ['get'],
    '/api/v1/events': ['get'],
    '/api/v1/audit': ['get'],
  }
  for (const [path, methods] of Object.entries(expected))
    for (const method of methods) t.true(paths[path]?.[method] !== undefined, `${method} ${path}`)
})
