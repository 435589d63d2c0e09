import { posix } from 'node:path'
import { lineAt } from './imports.ts'
import type { ProjectFile } from './project-files.ts'

/** What lies at the top of the project. A new folder there is a decision: docs/adr. */
const TOP_FOLDERS = new Set(['actors', 'runtime', 'agent', 'policies', 'simulations', 'docs'])
const TOP_FILES = new Set(['package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'LICENSE'])
/** Folders that would hold anything, so that nobody finds anything in them. */
const DRAWERS = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc', 'shared', 'lib'])
/** Names that tools look for. */
const GIVEN_NAMES = new Set(['README.md', 'LICENSE'])
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/

/** Everything at the top that does not belong there, as sentences. */
export function checkTop(files: readonly ProjectFile[]): string[] {
  const names = new Set(files.map(file => file.path.split('/')[0] ?? ''))
  return [...names]
    .filter(name => !name.startsWith('.') && !TOP_FOLDERS.has(name) && !TOP_FILES.has(name))
    .map(name => `${name} lies at the top: move it into ${[...TOP_FOLDERS].join(', ')}`)
}

/** Names of files and folders that are not in kebab-case, or say nothing. */
export function checkNames(files: readonly ProjectFile[]): string[] {
  const problems = new Set<string>()
  for (const { path } of files) {
    if (path.startsWith('.')) continue
    const parts = path.split('/')
    for (const part of parts) {
      if (!KEBAB_CASE.test(part) && !GIVEN_NAMES.has(part))
        problems.add(`${path}: ${part} is not in kebab-case`)
    }
    const drawer = parts.find(part => DRAWERS.has(part.replace(/\.ts$/, '')))
    if (drawer !== undefined) problems.add(`${path}: ${drawer} is a drawer; name it after what it holds`)
  }
  return [...problems]
}

/** Folders directly below `parent` that do not say what they are. */
export function checkReadmes(files: readonly ProjectFile[], parent: string): string[] {
  const paths = new Set(files.map(file => file.path))
  const folders = new Set(
    files
      .filter(file => file.path.startsWith(`${parent}/`))
      .map(file => file.path.split('/'))
      .filter(parts => parts.length > 2)
      .map(parts => `${parts[0]}/${parts[1]}`),
  )
  return [...folders]
    .filter(folder => !paths.has(`${folder}/README.md`))
    .map(folder => `${folder} has no README.md: say in a few lines what it is and what it promises`)
}

interface Leak {
  readonly pattern: RegExp
  readonly advice: string
}

/** Spelled in pieces, so that this file does not contain what it looks for. */
const LEAKS: readonly Leak[] = [
  {
    pattern: new RegExp(
      String.raw`(?<![\w.~$}/-])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)(?=/|['"\s${'`'}])`,
      'g',
    ),
    advice: 'a path of one machine: make it relative, or ask for a temporary directory',
  },
  {
    pattern: new RegExp(
      String.raw`https?://(?:[\w-]+\.)*registry\.[\w.-]+|["]resolved":|deb\.debian\.org`,
      'g',
    ),
    advice: 'the address of a registry: which one is used is the business of who installs',
  },
]

/** What a committed file says of the machine that it was written on, as `FILE:LINE THING: ADVICE`. */
export function checkLeaks(files: readonly ProjectFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    LEAKS.flatMap(({ pattern, advice }) =>
      [...text.matchAll(pattern)].map(match => `${path}:${lineAt(text, match.index)} ${match[0]}: ${advice}`),
    ),
  )
}

/** Links in Markdown to files of the project that do not exist. */
export function checkLinks(files: readonly ProjectFile[]): string[] {
  const paths = files.map(file => file.path)
  const known = new Set(paths.flatMap(path => [path, ...parentsOf(path)]))
  return files
    .filter(file => file.path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .filter(
          match =>
            !known.has(posix.normalize(posix.join(posix.dirname(path), match[1] ?? '')).replace(/\/$/, '')),
        )
        .map(match => `${path}:${lineAt(text, match.index)} links to ${match[1]}, which does not exist`),
    )
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
