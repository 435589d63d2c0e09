import { posix } from 'node:path'

/** One import of a file: another file of the project, by its path from the root, or a package. */
export interface Import {
  readonly kind: 'file' | 'package' | 'builtin'
  /** `runtime/ports/clock.ts`, `fast-check`, `@fastify/swagger`, `node:fs/promises`. */
  readonly target: string
  /** True when it is gone after compilation. */
  readonly typeOnly: boolean
  readonly line: number
}

const FROM = /^[ \t]*(?:import|export)\s+(type\s)?(?:[\w\s{},*$]*?\sfrom\s*)?['"]([^'"]+)['"]/gm
const CALL = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g

/** All imports of a source text whose comments are blanked, static and dynamic. */
export function importsOf(path: string, uncommented: string): Import[] {
  const imports: Import[] = []
  for (const match of uncommented.matchAll(FROM)) {
    const specifier = match[2] ?? ''
    const typeOnly = match[1] !== undefined || /^[^'"]*\{(?:\s*type\s[^,}]*,?)+\s*\}/.test(match[0])
    imports.push({ ...resolve(path, specifier), typeOnly, line: lineAt(uncommented, match.index) })
  }
  for (const match of uncommented.matchAll(CALL)) {
    const specifier = match[1] ?? ''
    imports.push({ ...resolve(path, specifier), typeOnly: false, line: lineAt(uncommented, match.index) })
  }
  return imports
}

/** The line, from 1, of a place in a text. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

function resolve(path: string, specifier: string): Pick<Import, 'kind' | 'target'> {
  if (specifier.startsWith('.')) {
    return { kind: 'file', target: posix.normalize(posix.join(posix.dirname(path), specifier)) }
  }
  if (specifier.startsWith('node:')) return { kind: 'builtin', target: specifier }
  const parts = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1)
  return { kind: 'package', target: parts.join('/') }
}
