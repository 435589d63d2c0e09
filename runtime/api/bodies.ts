import type { FastifyInstance, FastifyRequest } from 'fastify'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { ManifestSource } from '../manifest/manifest-source.ts'
import { YAML_TYPE } from './negotiate.ts'
import { SOURCES_MEDIA_TYPE } from './sources-media-type.ts'

/** Bodies are JSON, decoded strictly; the bytes stay at hand for the digest of idempotent requests. */
export function acceptJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) =>
      body.length === 0 ? undefined : parseJson(decodeText(keepBytes(request, body))),
  )
}

/** Bodies are manifests: JSON or YAML text, kept as text for the manifest parser, or several named files. */
export function acceptManifestBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const types = ['application/json', YAML_TYPE, 'application/x-yaml', 'text/yaml', 'text/plain']
  app.addContentTypeParser(types, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => ({
    sources: [{ file: 'request', text: decodeText(keepBytes(request, body)) }],
  }))
  app.addContentTypeParser(
    SOURCES_MEDIA_TYPE,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => parseJson(decodeText(keepBytes(request, body))),
  )
}

export interface ManifestBody {
  readonly sources: readonly ManifestSource[]
}

function keepBytes(request: FastifyRequest, body: Buffer): Buffer {
  request.bodyBytes = body
  return body
}

function decodeText(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new KonorError('KONOR_API_MALFORMED_BODY', 'the body is not UTF-8', { cause })
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body, mayHideProto(body) ? refuseProto : undefined)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'not JSON'
    throw new KonorError('KONOR_API_MALFORMED_BODY', `the body is not well-formed JSON: ${why}`, { cause })
  }
}

/** Looking at every key is slow, so it is done only where the name stands in the text, written out or escaped. */
function mayHideProto(body: string): boolean {
  return body.includes('__proto__') || body.includes(String.raw`\u00`)
}

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('the key __proto__ is refused')
  return value
}
