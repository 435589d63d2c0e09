import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { SOURCES_MEDIA_TYPE } from '../api/sources-media-type.ts'
import type { ManifestSource } from '../manifest/manifest-source.ts'
import type { Body } from './client/client.ts'

const MANIFEST = /\.(ya?ml|json)$/

/**
 * The manifests that `-f` names: a file, `-` for standard input, or a directory with everything in it that ends in
 * .yaml, .yml or .json, in the order of the names. An empty directory is refused: it never means "delete everything".
 */
export async function readManifests(named: readonly string[]): Promise<readonly ManifestSource[]> {
  const sources = await Promise.all(named.map(sourcesIn))
  return sources.flat()
}

/** The body that carries them, so that errors can name file and line. */
export async function manifestBody(named: readonly string[]): Promise<Body> {
  return { type: SOURCES_MEDIA_TYPE, text: JSON.stringify({ sources: await readManifests(named) }) }
}

async function sourcesIn(name: string): Promise<readonly ManifestSource[]> {
  try {
    if (name === '-') return [{ file: 'stdin', text: await text(process.stdin) }]
    const files = statSync(name).isDirectory() ? filesIn(name) : [name]
    if (files.length === 0)
      throw new KonorError('KONOR_CLI_USAGE', `${name} holds no .yaml, .yml or .json file`)
    return files.map(file => ({ file, text: readFileSync(file, 'utf8') }))
  } catch (cause) {
    if (cause instanceof KonorError) throw cause
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `cannot read the manifests in ${name}`, { cause })
  }
}

function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) return filesIn(path)
      return MANIFEST.test(entry.name) ? [path] : []
    })
}
