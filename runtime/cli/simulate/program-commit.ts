import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { programVersion } from '../program-version.ts'

/** What was run: the commit of a clone, the version of an installed package. */
export function programCommit(): string {
  try {
    const folder = fileURLToPath(new URL('.', import.meta.url))
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', folder, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim()
    return git('rev-parse', '--short=10', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+changes')
  } catch {
    // No clone, or no git here: the version says it as well as can be.
    return `v${programVersion()}`
  }
}
