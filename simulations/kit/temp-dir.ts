import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TeardownContext } from './teardown-context.ts'

/**
 * An empty directory of this test alone. Its path is short: Unix socket paths hold hardly more than 100
 * bytes.
 */
export function tempDir(t: TeardownContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'konor-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}
