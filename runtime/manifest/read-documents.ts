import { type CST, Composer, type Document, Lexer, LineCounter, Parser } from 'yaml'
import { LEXEMES_MAX, SYNTAX_DEPTH_MAX } from './manifest-bounds.ts'
import { lineInDocument } from './line-in-document.ts'
import { type Problem } from './problems.ts'
import type { ManifestSource } from './manifest-source.ts'
import { readJson } from './read-json.ts'
import { type ReadValue, toJson } from './to-json.ts'

/** One document of a file: plain JSON with a way back to its lines. */
export interface ReadDocument {
  readonly value: ReadValue
  /** Line (from 1) where a pointer's key, element or nearest existing ancestor stands. */
  lineOf(pointer: string): number
}

/** Receives what is wrong, with its line. */
export type OnProblem = (line: number, problem: Problem) => void

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  // Tags of YAML 1.1 (!!binary, !!set, !!timestamp) are as unknown as any other: their values are not JSON.
  resolveKnownTags: false,
  // Own checks, because the library's compares every pair of keys of a map and costs its square.
  uniqueKeys: false,
  // Integers come exactly, so that one beyond 2^53 is refused instead of rounded.
  intAsBigInt: true,
  prettyErrors: false,
  logLevel: 'silent',
} as const

/**
 * Reads the YAML 1.2 (so also JSON) documents of one file, in order; empty ones are left out. A document with
 * a problem is reported and not returned; after a problem with the syntax the rest of the file is not read.
 * Bounded in tokens and depth before any tree is built.
 */
export function readDocuments(source: ManifestSource, onProblem: OnProblem): ReadDocument[] {
  const json = readJson(source.text)
  return json === undefined ? readYaml(source, onProblem) : [jsonDocument(source, json)]
}

/** Lines are only asked for when something is wrong: the slower reader finds them then. */
function jsonDocument(source: ManifestSource, value: ReadValue): ReadDocument {
  let slow: ReadDocument | undefined
  const lineOf = (pointer: string): number => {
    if (pointer === '') return source.text.slice(0, source.text.indexOf('{')).split('\n').length
    slow ??= readYaml(source, () => {})[0]
    return slow?.lineOf(pointer) ?? 1
  }
  return { value, lineOf }
}

function readYaml(source: ManifestSource, onProblem: OnProblem): ReadDocument[] {
  const lines = new LineCounter()
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line)
  const tokens = parseTokens(
    source.text,
    lines,
    offset => message => onProblem(lineAt(offset), { pointer: '', message }),
  )
  if (tokens === undefined) return []
  const documents: ReadDocument[] = []
  for (const document of new Composer(OPTIONS).compose(tokens)) {
    if (reportSyntax(document, lineAt, onProblem)) break
    const value = toJson(document.contents, (offset, problem) => onProblem(lineAt(offset), problem))
    if (value === undefined || value === null) continue
    documents.push({ value, lineOf: pointer => lineAt(lineInDocument(document, pointer)) })
  }
  return documents
}

/** The concrete syntax, or undefined after a bound was passed. */
function parseTokens(
  text: string,
  lines: LineCounter,
  refuse: (offset: number) => (message: string) => void,
): CST.Token[] | undefined {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (++lexemes > LEXEMES_MAX) {
      refuse(parser.offset)(`expected a file of at most ${LEXEMES_MAX} tokens: split it`)
      return undefined
    }
    if (parser.stack.length > SYNTAX_DEPTH_MAX) {
      refuse(parser.offset)(`expected nesting of at most ${SYNTAX_DEPTH_MAX} constructions`)
      return undefined
    }
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

function reportSyntax(
  document: Document.Parsed,
  lineAt: (offset: number) => number,
  onProblem: OnProblem,
): boolean {
  // Warnings are unknown tags and directives: what they would mean is lost, so they are errors here.
  const faults = [...document.errors, ...document.warnings]
  for (const fault of faults) {
    onProblem(lineAt(fault.pos[0]), { pointer: '', message: `expected YAML 1.2 or JSON: ${fault.message}` })
  }
  const { version, explicit } = document.directives.yaml
  if (explicit === true && version !== '1.2') {
    onProblem(1, { pointer: '', message: `expected %YAML 1.2, found ${version}` })
    return true
  }
  return faults.length > 0
}
