import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const COMPILER = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
)

/**
 * Compiles single TypeScript files below `root` into `outDir`, each by itself: syntax is checked, types are not.
 * Answers what the compiler complains of; empty when all is well.
 */
export function compileFiles(root: string, files: readonly string[], outDir: string): string {
  const project = join(root, 'mutants.tsconfig.json')
  writeFileSync(
    project,
    JSON.stringify({
      compilerOptions: {
        target: 'es2023',
        module: 'nodenext',
        rootDir: root,
        outDir,
        types: [],
        noCheck: true,
        noResolve: true,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
        sourceMap: true,
      },
      files,
    }),
  )
  const { stdout, stderr, error } = spawnSync(process.execPath, [COMPILER, '-p', project], {
    encoding: 'utf8',
  })
  if (error !== undefined) throw error
  return `${stdout}${stderr}`.trim()
}
