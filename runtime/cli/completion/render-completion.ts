import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** One command of the tree: the words that lead to it, and what may follow them. */
interface Place {
  readonly words: readonly string[]
  readonly verbs: readonly { readonly name: string; readonly summary: string }[]
  readonly flags: readonly { readonly flag: string; readonly help: string; readonly takesValue: boolean }[]
}

/** A script for the shell that completes every verb and flag of the command tree. */
export function renderCompletion(program: Command, shell: Shell): string {
  const places = placesOf(program, [])
  return RENDERERS[shell](program.name(), places)
}

function placesOf(command: Command, words: readonly string[]): Place[] {
  const verbs = command.commands.map(verb => ({ name: verb.name(), summary: verb.summary() }))
  const inherited = command.parent === null ? [] : rootOptions(command)
  const flags = [...command.options, ...inherited].flatMap(option =>
    [option.long, option.short].flatMap(flag =>
      flag ? [{ flag, help: option.description, takesValue: option.required || option.optional }] : [],
    ),
  )
  return [
    { words, verbs, flags },
    ...command.commands.flatMap(verb => placesOf(verb, [...words, verb.name()])),
  ]
}

function rootOptions(command: Command): Command['options'] {
  let root = command
  while (root.parent !== null) root = root.parent
  return root.options
}

const RENDERERS: Readonly<Record<Shell, (name: string, places: readonly Place[]) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
}

/** Finds the place by the words that are no flags, then offers what may follow it. */
function renderBash(name: string, places: readonly Place[]): string {
  const cases = places
    .map(({ words, verbs, flags }) => {
      const offered = [...verbs.map(verb => verb.name), ...flags.map(({ flag }) => flag)].join(' ')
      return `    ${quote(words.join(' '))}) offered=${quote(offered)} ;;`
    })
    .join('\n')
  const known = places.map(({ words }) => words.join(' ')).filter(words => words !== '')
  return `# bash completion of ${name}
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place="" offered="" word tried
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    tried="\${place:+$place }$word"
    case "$tried" in
      ${known.map(quote).join('|')}) place="$tried" ;;
    esac
  done
  case "$place" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _${name} ${name}
`
}

/** Zsh runs bash completions; its own format would say the same again. */
function renderZsh(name: string, places: readonly Place[]): string {
  return `#compdef ${name}
autoload -U +X bashcompinit && bashcompinit
${renderBash(name, places)}`
}

function renderFish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ words, verbs, flags }) => {
    const condition =
      words.length === 0
        ? verbs.length > 0
          ? `not __fish_seen_subcommand_from ${verbs.map(verb => verb.name).join(' ')}`
          : 'true'
        : words.map(word => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const start = `complete -c ${name} -n ${quote(condition)}`
    return [
      ...verbs.map(verb => `${start} -f -a ${quote(verb.name)} -d ${quote(verb.summary)}`),
      ...flags
        .filter(({ flag }) => flag.startsWith('--'))
        .map(
          ({ flag, help, takesValue }) =>
            `${start} -l ${flag.slice(2)}${takesValue ? ' -r' : ''} -d ${quote(help)}`,
        ),
    ]
  })
  return `# fish completion of ${name}\n${lines.join('\n')}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
