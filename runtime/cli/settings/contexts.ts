import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'

/** A saved address with the place of its key. */
export interface Context {
  readonly url: string
  readonly apiKeyFile?: string
}

export interface Contexts {
  readonly current?: string
  readonly contexts: Readonly<Record<string, Context>>
}

/** The saved contexts; none when the file is not there. */
export function readContexts(file: string): Contexts {
  if (!existsSync(file)) return { contexts: {} }
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as Contexts
    if (typeof parsed.contexts === 'object' && parsed.contexts !== null) return parsed
  } catch (cause) {
    throw new KonorError('KONOR_CLI_CONFIG_INVALID', `${file} is not readable; correct or delete it`, {
      cause,
    })
  }
  throw new KonorError('KONOR_CLI_CONFIG_INVALID', `${file} holds no contexts; correct or delete it`)
}

/** Writes the contexts whole, readable by their owner only. */
export function writeContexts(file: string, contexts: Contexts): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const partial = `${file}.partial`
  writeFileSync(partial, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 })
  renameSync(partial, file)
}

/** A context by name, or `KONOR_CLI_CONTEXT_UNKNOWN`. */
export function contextNamed(contexts: Contexts, name: string): Context {
  const context = Object.hasOwn(contexts.contexts, name) ? contexts.contexts[name] : undefined
  if (context !== undefined) return context
  const known = Object.keys(contexts.contexts).sort().join(', ') || 'none'
  throw new KonorError(
    'KONOR_CLI_CONTEXT_UNKNOWN',
    `there is no context ${JSON.stringify(name)}; known: ${known}`,
  )
}
