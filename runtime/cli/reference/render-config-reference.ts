import { type Setting, type SettingSection, variableOf } from '../settings/setting.ts'
import { SETTINGS } from '../settings/settings.ts'

const TITLES: Readonly<Record<SettingSection, string>> = {
  client: 'All verbs',
  up: '`konor up`: a central',
  agent: '`konor agent`: the agent of a node',
}

/** The reference of every setting, from their one declaration. */
export function renderConfigReference(): string {
  const sections = (Object.keys(TITLES) as SettingSection[]).flatMap(section => {
    const settings = SETTINGS.filter(setting => setting.section === section)
    const place = section === 'client' ? 'at the top' : `under \`${section}:\``
    return [`## ${TITLES[section]}`, `In \`konor.yaml\` they stand ${place}.`, table(settings)]
  })
  return [
    '# Configuration of the programs',
    'Generated from the declaration of the settings.',
    'A flag beats a variable, a variable beats `konor.yaml` (of the working directory, or named by `--config` or ' +
      '`KONOR_CONFIG`), the file beats the value that holds otherwise. Unknown keys are refused. A list is repeated as ' +
      'flag, separated by commas as variable, and a sequence in the file.',
    '```yaml\nurl: https://konor.example:7600\napi-key-file: ./admin.key\nup:\n  data: ./data\n  http: 127.0.0.1:7600\n' +
      'agent:\n  label: [zone=eu-1]\n```',
    ...sections,
    '## Contexts',
    '`konor context set NAME --url URL --api-key-file FILE` saves an address and the place of its key in ' +
      '`~/.config/konor/contexts.json` (mode 0600). A context that is named with `--context` or `KONOR_CONTEXT` beats ' +
      'other variables and the file; the current one (`konor context use`) fills only what nothing else says.',
    '## Other variables',
    '| variable | |\n|---|---|\n| `NO_COLOR` | no colours, when it is not empty |\n' +
      '| `KONOR_FAULT_POINT`, `KONOR_FAULT_COUNT_FILE` | arm a named fault point: for tests that crash a program |\n',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

function table(settings: readonly Setting[]): string {
  const rows = settings.map(setting => {
    const flag = setting.hasFlag === false ? '' : `\`--${setting.name}\``
    const key = setting.inFile === false ? '' : `\`${setting.name}\``
    const choices = setting.choices === undefined ? '' : ` One of ${setting.choices.join(', ')}.`
    const fallback = setting.fallback === undefined ? '' : `\`${setting.fallback}\``
    return `| ${flag} | \`${variableOf(setting)}\` | ${key} | ${setting.type} | ${fallback} | ${setting.help}${choices} |`
  })
  return ['| flag | variable | key | type | otherwise | |', '|---|---|---|---|---|---|', ...rows].join('\n')
}
