import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compileFiles } from './compile-files.ts'
import { mutatedSource } from './mutated-source.ts'
import type { Mutation } from './mutation.ts'

/**
 * A copy of the built product, to be broken: `build` is its own, all else is a link to the project. One mutation is in
 * it at a time.
 */
export interface Workspace {
  readonly directory: string
  /** Puts a mutation in; throws when it does not apply or compile. */
  mutate(mutation: Mutation): void
  /** Takes it out again. */
  restore(): void
  remove(): void
}

/** Copies what `npm run build` made in `root`. */
export function createWorkspace(root: string): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'konor-mutant-'))
  for (const name of readdirSync(root)) {
    if (name === 'build' || name === '.git') continue
    symlinkSync(join(root, name), join(directory, name))
  }
  cpSync(join(root, 'build'), join(directory, 'build'), { recursive: true })
  let broken: string | undefined
  const restore = (): void => {
    if (broken !== undefined) copyFileSync(join(root, broken), join(directory, broken))
    broken = undefined
  }
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    directory,
    restore,
    mutate(mutation) {
      restore()
      const built = join('build', mutation.file.replace(/\.ts$/, '.js'))
      const scratch = mkdtempSync(join(tmpdir(), 'konor-mutation-'))
      try {
        const source = join(scratch, mutation.file)
        mkdirSync(dirname(source), { recursive: true })
        writeFileSync(source, mutatedSource(mutation, readFileSync(join(root, mutation.file), 'utf8')))
        writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
        const complaint = compileFiles(scratch, [source], join(scratch, 'build'))
        if (complaint !== '') throw new Error(`${mutation.id} does not compile: ${complaint}`)
        copyFileSync(join(scratch, built), join(directory, built))
        broken = built
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    },
    remove() {
      process.off('exit', remove)
      remove()
    },
  }
}
