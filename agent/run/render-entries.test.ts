import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'yaml'
import { formatOfFile, renderEntries } from './render-entries.ts'
import { writeEntriesFile } from './write-entries-file.ts'

const entries = { b: 'two words', a: 1, quote: 'it\'s $HOME `x` "y" \\', lines: 'one\ntwo', o: { k: [true] } }

async function folder(t: ExecutionContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'konor-file-'))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

test('JSON and YAML hold the entries, sorted', t => {
  t.deepEqual(JSON.parse(renderEntries(entries, 'json')), entries)
  t.deepEqual(parse(renderEntries(entries, 'yaml')), entries)
  t.deepEqual(Object.keys(parse(renderEntries(entries, 'yaml')) as object), ['a', 'b', 'lines', 'o', 'quote'])
})

test('a shell reads from .env what was in the entries', async t => {
  const path = join(await folder(t), 'x.env')
  await writeEntriesFile(path, renderEntries(entries, 'env'))
  const script = `set -a; . ${path}; exec ${process.execPath} -p 'JSON.stringify([process.env.A, process.env.B, process.env.QUOTE, process.env.LINES, process.env.O])'`
  const read: unknown = JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }))
  t.deepEqual(read, ['1', entries.b, entries.quote, entries.lines, '{"k":[true]}'])
})

test('a file is replaced whole, for its owner alone, with nothing left beside it', async t => {
  const place = await folder(t)
  const path = join(place, 'x.json')
  await writeEntriesFile(path, 'old')
  await writeEntriesFile(path, 'new')
  t.is(await readFile(path, 'utf8'), 'new')
  t.is((await stat(path)).mode & 0o777, 0o600)
  t.deepEqual(await readdir(place), ['x.json'])
  await t.throwsAsync(writeEntriesFile(join(place, 'none', 'x.json'), ''), { code: 'KONOR_RUN_FILE_FAILED' })
})

test('the extension chooses the format', t => {
  t.deepEqual(['a.json', 'a.yaml', 'a.yml', 'a.env', '/x/.env'].map(formatOfFile), [
    'json',
    'yaml',
    'yaml',
    'env',
    'env',
  ])
  t.throws(() => formatOfFile('a.toml'), { code: 'KONOR_RUN_USAGE' })
})
