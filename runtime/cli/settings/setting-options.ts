import { type Command, Option } from 'commander'
import { flagsOf, type SettingSection } from './setting.ts'
import { SETTINGS } from './settings.ts'

/** Declares the flags of a section on a command. Their values are checked later, with those of the other sources. */
export function declareSettings(command: Command, section: SettingSection): void {
  for (const setting of SETTINGS) {
    if (setting.section !== section || setting.hasFlag === false) continue
    const choices = setting.choices === undefined ? '' : ` (${setting.choices.join(', ')})`
    const fallback = setting.fallback === undefined ? '' : ` [${setting.fallback}]`
    const option = new Option(flagsOf(setting), `${setting.help}${choices}${fallback}`)
    if (setting.type === 'list')
      option.argParser((item: string, before: string[] | undefined) => [...(before ?? []), item])
    command.addOption(option)
  }
}

/** The values that were given as flags, by the name of the setting. */
export function givenFlags(command: Command, section: SettingSection): Record<string, unknown> {
  const flags: Record<string, unknown> = {}
  for (const setting of SETTINGS) {
    if (setting.section !== section) continue
    // Commander reads `--no-color` as the negation of a switch `color`.
    const negated = setting.name.startsWith('no-')
    const key = camelCase(negated ? setting.name.slice(3) : setting.name)
    const source = command.getOptionValueSourceWithGlobals(key)
    if (source === 'cli') flags[setting.name] = negated ? true : command.optsWithGlobals()[key]
  }
  return flags
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
