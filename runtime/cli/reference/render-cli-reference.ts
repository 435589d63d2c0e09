import type { Command } from 'commander'
import { EXIT_MEANINGS } from '../../api/error-page.ts'
import { lessonOf } from '../teach.ts'

/** The reference of the command line, from the command tree. */
export function renderCliReference(program: Command): string {
  const exits = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`)
  return [
    '# `konor`: the command line',
    'Generated from the verbs themselves; see `konor VERB --help`.',
    'Answers go to standard output, everything else to standard error. With `-o json` standard output is JSON alone.',
    '## Global flags',
    optionsTable(program),
    'Each is also a `KONOR_` variable and a key of `konor.yaml`: see [the configuration reference](config.md).',
    '## Exit codes',
    ['| code | meaning |', '|---|---|', ...exits].join('\n'),
    ...program.commands.flatMap(verb => sections(verb, 2)),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

function sections(command: Command, depth: number): string[] {
  const lesson = lessonOf(command)
  const examples = lesson?.examples.map(([line, does]) => (does === '' ? line : `${line}   # ${does}`)) ?? []
  const hasOptions = command.options.length > 0
  return [
    `${'#'.repeat(depth)} \`${usageOf(command)}\``,
    command.description() || `${capital(command.summary())}.`,
    ...(command.registeredArguments.length > 0 ? [argumentsTable(command)] : []),
    ...(hasOptions ? [optionsTable(command)] : []),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.join('\n')}\n\`\`\``] : []),
    ...(lesson === undefined ? [] : [`Next: ${lesson.next}`]),
    ...command.commands.flatMap(verb => sections(verb, depth + 1)),
  ]
}

function usageOf(command: Command): string {
  const words: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name())
  const operands = command.registeredArguments.map(argument => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name()
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [...words, ...operands].join(' ')
}

function argumentsTable(command: Command): string {
  const rows = command.registeredArguments.map(argument =>
    row(`\`${argument.name()}\``, argument.description),
  )
  return table('argument', rows)
}

function optionsTable(command: Command): string {
  return table(
    'flag',
    command.options.map(option => row(`\`${option.flags}\``, option.description)),
  )
}

function table(first: string, lines: readonly string[]): string {
  return [`| ${first} | |`, '|---|---|', ...lines].join('\n')
}

function row(name: string, text: string): string {
  return `| ${name.replaceAll('|', '\\|')} | ${text.replaceAll('|', '\\|')} |`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
