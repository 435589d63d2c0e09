import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Blanked, blankOut } from './blank-out.ts'
import { type Import, importsOf } from './imports.ts'

/** One file of the project. `path` is relative to its root, with `/`. */
export interface ProjectFile {
  readonly path: string
  readonly text: string
}

/** A TypeScript file, read as far as the house rules need it. */
export interface SourceFile extends ProjectFile, Blanked {
  readonly imports: readonly Import[]
}

/** Made by tools and kept out of the repository (see .gitignore), at any depth. */
const IGNORED = new Set(['node_modules', 'build', '.git', 'data'])
/** The one folder of tool configuration that holds programs. */
const DOT_FOLDERS = new Set(['.ci'])

/** The root of the project: the nearest folder above this file that has a package.json. */
export function findProjectRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory)
    if (parent === directory)
      throw new Error('No package.json above the tidy test: it runs inside the project only.')
    directory = parent
  }
  return directory
}

/** Every file of the project that is text, in the order of their paths. */
export function readProjectFiles(root: string): ProjectFile[] {
  const files: ProjectFile[] = []
  const walk = (folder: string) => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (IGNORED.has(entry.name) || path.endsWith('.log')) continue
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') || DOT_FOLDERS.has(entry.name)) walk(path)
      } else if (entry.isFile()) {
        const text = readFileSync(join(root, path), 'utf8')
        if (!text.includes('\0')) files.push({ path, text })
      }
    }
  }
  walk('')
  return files
}

export function asSource(file: ProjectFile): SourceFile {
  const blanked = blankOut(file.text)
  return { ...file, ...blanked, imports: importsOf(file.path, blanked.uncommented) }
}

/** The TypeScript files among them, declarations included. */
export function sourcesOf(files: readonly ProjectFile[]): SourceFile[] {
  return files.filter(file => file.path.endsWith('.ts')).map(asSource)
}
