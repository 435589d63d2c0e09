import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { tempDir } from '../../../simulations/kit/temp-dir.ts'
import { claimDirectory } from './claim-directory.ts'

test('a directory is claimed once, by whatever path, and again after it was given back', async t => {
  const directory = tempDir(t)
  const other = join(tempDir(t), 'other')
  symlinkSync(directory, other)
  const release = await claimDirectory(directory)
  t.truthy(release)
  t.is(await claimDirectory(directory), undefined)
  t.is(await claimDirectory(other), undefined)
  await release?.()
  await release?.()
  const again = await claimDirectory(other)
  t.truthy(again)
  await again?.()
})
