import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { isLoopback } from '../api/is-loopback.ts'
import { nodeRandom } from '../ports/node/node-random.ts'
import { type CliIo, createIo } from './cli-io.ts'
import { type Client, createClient } from './client/client.ts'
import { type OutputFormat, print, type Printable } from './output/print.ts'
import { type Context, contextNamed, readContexts } from './settings/contexts.ts'
import { contextsFile, defaultDataDir } from './settings/default-paths.ts'
import { readConfigFile } from './settings/read-config-file.ts'
import { resolveSettings, type Settings } from './settings/resolve-settings.ts'
import { givenFlags } from './settings/setting-options.ts'
import type { SettingSection } from './settings/setting.ts'

const REQUEST_TIMEOUT_MS = 30_000
/** Longer than the ten minutes after which a policy gives up staging. */
const FOLLOW_TIMEOUT_MS = 15 * 60_000

/** What a verb works with: its settings, its terminal, and a central when it asks for one. */
export interface Session {
  readonly io: CliIo
  readonly settings: Settings
  readonly format: OutputFormat
  /** How long a verb that follows something may take. */
  readonly followTimeoutMs: number
  client(): Client
  /** Prints an answer in the wanted format. */
  print(printable: Printable): Promise<void>
}

export async function openSession(command: Command): Promise<Session> {
  const settings = await sectionSettings(command, 'client')
  const io = createIo(settings)
  const format = (settings.text('output') ?? 'table') as OutputFormat
  const timeoutMs = settings.durationMs('timeout')
  return {
    io,
    settings,
    format,
    followTimeoutMs: timeoutMs ?? FOLLOW_TIMEOUT_MS,
    client() {
      const { url, apiKey } = endpoint(settings)
      const requestTimeoutMs = timeoutMs ?? REQUEST_TIMEOUT_MS
      return createClient({ url, apiKey, timeoutMs: requestTimeoutMs, random: nodeRandom, trace: io.detail })
    },
    print: printable => print(io, format, printable),
  }
}

/** The settings of a section: flags of the command, variables, and the configuration file. */
export async function sectionSettings(command: Command, section: SettingSection): Promise<Settings> {
  const named = command.optsWithGlobals()['config'] ?? process.env['KONOR_CONFIG']
  const file = await readConfigFile(typeof named === 'string' && named !== '' ? named : undefined, section)
  return resolveSettings(section, { flags: givenFlags(command, section), environment: process.env, file })
}

interface Endpoint {
  readonly url: string
  readonly apiKey: string | undefined
}

/** A context named by a flag beats variables and file; the current one only fills what nothing else says. */
function endpoint(settings: Settings): Endpoint {
  const contexts = readContexts(contextsFile(process.env))
  const name = settings.text('context') ?? contexts.current
  const context = name === undefined ? undefined : contextNamed(contexts, name)
  const isNamed = settings.origin('context') !== undefined
  const url = chosenUrl(settings, context, isNamed)
  return { url, apiKey: chosenKey(settings, context, isNamed, url) }
}

function chosenUrl(settings: Settings, context: Context | undefined, isNamed: boolean): string {
  const own = settings.text('url') ?? ''
  const origin = settings.origin('url')
  const isOverruled = origin === 'fallback' || (isNamed && origin !== 'flag')
  const url = context !== undefined && isOverruled ? context.url : own
  if (URL.canParse(url) && /^https?:/.test(url)) return url
  throw new KonorError(
    'KONOR_CLI_USAGE',
    `${JSON.stringify(url)} is no address of a central; try http://HOST:PORT`,
  )
}

function chosenKey(
  settings: Settings,
  context: Context | undefined,
  isNamed: boolean,
  url: string,
): string | undefined {
  const file = settings.text('api-key-file')
  if (settings.origin('api-key-file') === 'flag' && file !== undefined) return readKey(file)
  if (isNamed && context?.apiKeyFile !== undefined) return readKey(context.apiKeyFile)
  const key = settings.text('api-key')
  if (key !== undefined) return key
  if (file !== undefined) return readKey(file)
  if (context?.apiKeyFile !== undefined) return readKey(context.apiKeyFile)
  return isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, '')) ? localKey() : undefined
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `cannot read the API key in ${file}`, { cause })
  }
}

/** The first key of a central of this machine and user. It is only ever sent to this machine. */
function localKey(): string | undefined {
  try {
    return readFileSync(join(defaultDataDir(process.env), 'admin.key'), 'utf8').trim()
  } catch {
    // Absent or not ours: the central then says that a key is missing, and how to give it.
    return undefined
  }
}
