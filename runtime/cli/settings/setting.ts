/** How the text of a flag or variable becomes a value. */
export type SettingType = 'text' | 'duration' | 'switch' | 'count' | 'list' | 'choice'

/** Which programs know it: all verbs, `konor up`, or `konor agent`. In `konor.yaml` the last two have a section. */
export type SettingSection = 'client' | 'up' | 'agent'

/**
 * One setting: its flag, its variable and its key in `konor.yaml` come from `name`, its documentation from the rest.
 * Precedence: flag, then variable, then file, then `fallback`.
 */
export interface Setting {
  /** kebab-case: `--name`, `KONOR_NAME`, `name:`. */
  readonly name: string
  readonly section: SettingSection
  readonly type: SettingType
  readonly short?: string
  /** The placeholder in help. */
  readonly value?: string
  readonly choices?: readonly string[]
  readonly fallback?: string
  readonly help: string
  /** Only by a variable: secrets never stand in a list of processes. */
  readonly hasFlag?: boolean
  /** Settings of one invocation only make no sense in a file. */
  readonly inFile?: boolean
}

/** The environment variable of a setting. */
export function variableOf({ name }: Setting): string {
  return `KONOR_${name.toUpperCase().replaceAll('-', '_')}`
}

/** The flags of a setting, as help shows them. */
export function flagsOf({ name, short, value, type }: Setting): string {
  const long = type === 'switch' ? `--${name}` : `--${name} <${value ?? 'value'}>`
  return short === undefined ? long : `-${short}, ${long}`
}
