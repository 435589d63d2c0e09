import { lineAt } from './imports.ts'
import type { SourceFile } from './project-files.ts'

export const FILE_LINES_MAX = 400
export const LINE_COLUMNS_MAX = 110
/** A ratchet: only ever lowered, until it is `LINE_COLUMNS_MAX`. */
export const COMMENT_COLUMNS_MAX = 120

/** Marks of unfinished work, spelled so that this file has none. */
const UNFINISHED = new RegExp(
  `\\b(${['TO', 'FIX', 'XX', 'HA'].map((s, i) => s + ['DO', 'ME', 'X', 'CK'][i]).join('|')})\\b`,
  'g',
)

interface SourceRule {
  readonly pattern: RegExp
  /** Where it is looked for: in code without strings and comments, or in the whole text. */
  readonly within: 'code' | 'text'
  readonly appliesTo: (path: string) => boolean
  readonly advice: string
}

const everywhere = () => true
const inTests = (path: string) => path.endsWith('.test.ts')
const outsideTestKit = (path: string) => !path.startsWith('simulations/kit/')

const RULES: readonly SourceRule[] = [
  {
    pattern: UNFINISHED,
    within: 'text',
    appliesTo: everywhere,
    advice: 'finish it, or leave it out and say so where a reader looks for it',
  },
  {
    pattern: /\b(?:test|t)(?:\.serial)?\.(?:skip|only|failing|todo)\b/g,
    within: 'code',
    appliesTo: outsideTestKit,
    advice: 'a test runs; what needs a program of the system uses `testWith` of the test kit',
  },
  {
    pattern: /\bt\.pass\(/g,
    within: 'code',
    appliesTo: outsideTestKit,
    advice: 'assert what is promised; that nothing is thrown is `t.notThrows`',
  },
  {
    pattern: /new Promise(?:<[^>]*>)?\(\s*\(?\w+\)?\s*=>\s*\{?\s*(?:void )?setTimeout\b|timers\/promises/g,
    within: 'code',
    appliesTo: inTests,
    advice: 'a test does not sleep: await an event, or `pollUntil` of the test kit',
  },
  {
    pattern: /\b(?:interface|class|type) (?:I[A-Z]\w*[a-z]\w*|\w+Impl)\b/g,
    within: 'code',
    appliesTo: path => !/\bimports\.ts$/.test(path),
    advice: 'no `I…`, no `…Impl`: name it by what it is',
  },
]

/** Every breach of a rule on what may stand in a source file, as `FILE:LINE THING: ADVICE`. */
export function checkSources(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => [...sizes(file), ...RULES.flatMap(rule => breaches(file, rule))])
}

function breaches(file: SourceFile, rule: SourceRule): string[] {
  if (!rule.appliesTo(file.path)) return []
  return [...file[rule.within].matchAll(rule.pattern)].map(
    match => `${file.path}:${lineAt(file.text, match.index)} ${match[0].trim()}: ${rule.advice}`,
  )
}

function sizes(file: SourceFile): string[] {
  const lines = file.text.trimEnd().split('\n')
  const code = file.code.split('\n')
  const uncommented = file.uncommented.split('\n')
  const problems = lines.flatMap((line, index) => {
    const columnsMax = columnsAllowed(line, code[index] ?? '', uncommented[index] ?? '')
    if (line.length <= columnsMax) return []
    return [`${file.path}:${index + 1} is ${line.length} columns wide: at most ${columnsMax}`]
  })
  if (lines.length > FILE_LINES_MAX) {
    problems.push(`${file.path} has ${lines.length} lines: split it by idea, at most ${FILE_LINES_MAX}`)
  }
  return problems
}

/** A line that is one long string, as in tables of texts, or holds an address of the web cannot be broken. */
function columnsAllowed(line: string, code: string, uncommented: string): number {
  if (/https?:\/\/\S+/.test(line)) return Infinity
  if (uncommented.trim() === '') return COMMENT_COLUMNS_MAX
  return code.replaceAll(/ +/g, ' ').length <= LINE_COLUMNS_MAX ? Infinity : LINE_COLUMNS_MAX
}
