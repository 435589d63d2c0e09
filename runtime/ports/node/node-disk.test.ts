import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { nodeDisk } from './node-disk.ts'

async function scratch(t: { teardown(fn: () => Promise<void>): void }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'konor-disk-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  return directory
}

test('a file is replaced whole, with its mode, and nothing is left beside it', async t => {
  const directory = join(await scratch(t), 'a', 'b')
  await nodeDisk.ensureDir(directory, 0o700)
  t.is(await nodeDisk.mode(directory), 0o700)
  const file = join(directory, 'state')
  t.is(await nodeDisk.readFile(file, 10), undefined)
  t.is(await nodeDisk.mode(file), undefined)
  await nodeDisk.writeFileAtomic(file, Buffer.from('one'), 0o600)
  await nodeDisk.writeFileAtomic(file, Buffer.from('two'), 0o600)
  t.is(Buffer.from((await nodeDisk.readFile(file, 10)) ?? []).toString(), 'two')
  t.is(await nodeDisk.mode(file), 0o600)
  t.deepEqual(await nodeDisk.list(directory), ['state'])
  await nodeDisk.remove(file)
  await nodeDisk.remove(file)
  t.deepEqual(await nodeDisk.list(directory), [])
})

test('a file is written over in place, and made when it is missing', async t => {
  const directory = await scratch(t)
  const file = join(directory, 'slot')
  await nodeDisk.overwriteFile(file, Buffer.from('abcdef'), 0o600)
  t.is(await nodeDisk.mode(file), 0o600)
  await nodeDisk.overwriteFile(file, Buffer.from('xyz'), 0o600)
  t.is(Buffer.from((await nodeDisk.readFile(file, 10)) ?? []).toString(), 'xyzdef')
})

test('what an interrupted write left is not listed and goes away', async t => {
  const directory = await scratch(t)
  await writeFile(join(directory, 'state.7.tmp'), 'half')
  t.deepEqual(await nodeDisk.list(directory), [])
  t.deepEqual(await readdir(directory), [])
})

test('a file past its bound is refused, a missing directory lists as empty', async t => {
  const directory = await scratch(t)
  await writeFile(join(directory, 'large'), 'x'.repeat(11))
  await t.throwsAsync(nodeDisk.readFile(join(directory, 'large'), 10), { instanceOf: RangeError })
  t.deepEqual(await nodeDisk.list(join(directory, 'none')), [])
})

test('a write that cannot happen throws and leaves the old file', async t => {
  const directory = await scratch(t)
  await nodeDisk.writeFileAtomic(join(directory, 'file'), Buffer.from('old'), 0o600)
  await t.throwsAsync(nodeDisk.writeFileAtomic(join(directory, 'file', 'below'), Buffer.from('new'), 0o600))
  t.is(Buffer.from((await nodeDisk.readFile(join(directory, 'file'), 10)) ?? []).toString(), 'old')
})
