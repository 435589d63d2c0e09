import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { SETTINGS } from './settings.ts'
import type { SettingSection } from './setting.ts'

export type FileSettings = Readonly<Record<string, unknown>>

const DEFAULT_FILE = 'konor.yaml'
const SECTIONS: readonly string[] = ['up', 'agent']

/**
 * The settings of one section of the configuration file: `konor.yaml` of the working directory unless named. An
 * absent default file is an empty one; a named one must exist. Unknown keys anywhere are refused, with what is known.
 */
export async function readConfigFile(
  named: string | undefined,
  section: SettingSection,
): Promise<FileSettings> {
  const file = resolve(named ?? DEFAULT_FILE)
  if (named === undefined && !existsSync(file)) return {}
  const root = await parseFile(file)
  assertKnown(root, 'client', file, '')
  for (const name of SECTIONS)
    if (root[name] !== undefined) assertKnown(asMap(root[name], file, `/${name}`), name, file, `/${name}`)
  return section === 'client' ? root : asMap(root[section] ?? {}, file, `/${section}`)
}

async function parseFile(file: string): Promise<FileSettings> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new KonorError('KONOR_CLI_FILE_UNREADABLE', `cannot read the configuration ${file}`, { cause })
  }
  const { parse } = await import('yaml')
  try {
    return asMap(parse(text) ?? {}, file, '')
  } catch (cause) {
    if (cause instanceof KonorError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KonorError('KONOR_CLI_CONFIG_INVALID', `${file} is not YAML: ${why}`, { cause })
  }
}

function asMap(value: unknown, file: string, pointer: string): FileSettings {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as FileSettings
  throw invalid(file, pointer, 'expected a map of settings')
}

function assertKnown(map: FileSettings, section: string, file: string, pointer: string): void {
  const own = SETTINGS.filter(setting => setting.section === section && setting.inFile !== false)
  const known = own.map(({ name }) => name)
  const allowed = section === 'client' ? [...known, ...SECTIONS] : known
  for (const key of Object.keys(map))
    if (!allowed.includes(key))
      throw invalid(file, `${pointer}/${key}`, `unknown setting; known are ${allowed.sort().join(', ')}`)
}

function invalid(file: string, pointer: string, message: string): KonorError {
  return new KonorError('KONOR_CLI_CONFIG_INVALID', `${file} ${pointer}: ${message}`, {
    errors: [{ file, pointer, message }],
  })
}
