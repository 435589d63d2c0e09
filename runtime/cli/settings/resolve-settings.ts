import { KonorError } from '../../../actors/vocabulary/errors/konor-error.ts'
import { parseDuration } from '../../api/parse-duration.ts'
import type { FileSettings } from './read-config-file.ts'
import { type Setting, type SettingSection, variableOf } from './setting.ts'
import { SETTINGS } from './settings.ts'

export interface SettingSources {
  /** Values that were given as flags, by the name of the setting; others are absent. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: FileSettings
}

export type SettingOrigin = 'flag' | 'variable' | 'file' | 'fallback'

/** The settings of one section, each valid and of its type. */
export interface Settings {
  text(name: string): string | undefined
  list(name: string): readonly string[]
  isOn(name: string): boolean
  count(name: string): number | undefined
  durationMs(name: string): number | undefined
  /** Where the value comes from; undefined when there is none. */
  origin(name: string): SettingOrigin | undefined
}

type Value = string | number | boolean | readonly string[]

/** Takes each setting from its strongest source and checks all of them: a bad value is an error even if unused. */
export function resolveSettings(section: SettingSection, sources: SettingSources): Settings {
  const found = new Map<string, { readonly value: Value; readonly origin: SettingOrigin }>()
  for (const setting of SETTINGS)
    if (setting.section === section) {
      const taken = take(setting, sources)
      if (taken !== undefined) found.set(setting.name, { ...taken, value: convert(setting, taken) })
    }
  const get = (name: string): Value | undefined => found.get(name)?.value
  return {
    text: name => asType(get(name), 'string'),
    list: name => (get(name) as readonly string[] | undefined) ?? [],
    isOn: name => get(name) === true,
    count: name => asType(get(name), 'number'),
    durationMs: name => asType(get(name), 'number'),
    origin: name => found.get(name)?.origin,
  }
}

function asType<Type extends string | number>(
  value: Value | undefined,
  type: 'string' | 'number',
): Type | undefined {
  return typeof value === type ? (value as Type) : undefined
}

interface Taken {
  readonly value: unknown
  readonly origin: SettingOrigin
}

function take(setting: Setting, { flags, environment, file }: SettingSources): Taken | undefined {
  const { name, fallback } = setting
  if (flags[name] !== undefined) return { value: flags[name], origin: 'flag' }
  const variable = environment[variableOf(setting)]
  if (variable !== undefined && variable !== '') return { value: variable, origin: 'variable' }
  if (setting.inFile !== false && file[name] !== undefined) return { value: file[name], origin: 'file' }
  return fallback === undefined ? undefined : { value: fallback, origin: 'fallback' }
}

function convert(setting: Setting, taken: Taken): Value {
  const { value } = taken
  switch (setting.type) {
    case 'text':
      return expect(setting, taken, typeof value === 'string' && value !== '' ? value : undefined, 'text')
    case 'choice':
      return expect(
        setting,
        taken,
        setting.choices?.find(choice => choice === value),
        `one of ${setting.choices?.join(', ')}`,
      )
    case 'switch':
      return expect(setting, taken, SWITCHES.get(value), 'true or false')
    case 'count':
      return expect(setting, taken, toCount(value), 'a whole number above 0')
    case 'duration':
      return expect(setting, taken, toDurationMs(value), 'a duration such as 90s or 10m')
    case 'list':
      return expect(setting, taken, toList(taken), 'a list of texts')
  }
}

const SWITCHES: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** A bare number is seconds. */
function toDurationMs(value: unknown): number | undefined {
  const text = String(value)
  return parseDuration(/^\d+$/.test(text) ? `${text}s` : text)
}

function toCount(value: unknown): number | undefined {
  const count = Number(value)
  return Number.isSafeInteger(count) && count > 0 ? count : undefined
}

/** A variable separates the items by commas; flags repeat; a file has a sequence. */
function toList({ value, origin }: Taken): readonly string[] | undefined {
  if (origin === 'variable' && typeof value === 'string') return value.split(',').map(item => item.trim())
  if (!Array.isArray(value)) return undefined
  return value.every(item => typeof item === 'string') ? value : undefined
}

function expect(
  setting: Setting,
  { value, origin }: Taken,
  converted: Value | undefined,
  expected: string,
): Value {
  if (converted !== undefined) return converted
  const places = {
    flag: `--${setting.name}`,
    variable: variableOf(setting),
    file: setting.name,
    fallback: '',
  }
  const message = `${places[origin]}: expected ${expected}, got ${JSON.stringify(value)}`
  throw new KonorError(origin === 'flag' ? 'KONOR_CLI_USAGE' : 'KONOR_CLI_CONFIG_INVALID', message)
}
