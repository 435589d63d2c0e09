import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { tempDir } from '../kit/temp-dir.ts'
import { isTestOnly } from '../tidy/layers.ts'
import { findProjectRoot } from '../tidy/project-files.ts'
import { allMutations } from './all-mutations.ts'
import { compileFiles } from './compile-files.ts'
import { mutatedSource } from './mutated-source.ts'
import { MODULES } from './mutation.ts'

const root = findProjectRoot()

test('the list is long enough, and every module has its share', t => {
  t.true(allMutations.length >= 48)
  for (const module of MODULES)
    t.true(allMutations.filter(one => one.module === module && one.reach === 'simulator').length >= 4, module)
  t.is(new Set(allMutations.map(({ id }) => id)).size, allMutations.length)
})

test('each names a promise, tells what it models, and is in code that ships', t => {
  for (const { id, breaks, models, file, before, after } of allMutations) {
    t.true(breaks.length > 0 && breaks.every(promise => promise >= 1 && promise <= 12), id)
    t.regex(models, /^.{20,}[.]$/u, id)
    t.false(isTestOnly(file), id)
    t.not(before, after, id)
  }
})

test('each still applies at exactly one place, and what it makes can be compiled', t => {
  const directory = tempDir(t)
  const files = allMutations.map((mutation, index) => {
    const file = join(directory, String(index), mutation.file)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, mutatedSource(mutation, readFileSync(join(root, mutation.file), 'utf8')))
    return file
  })
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  t.is(compileFiles(directory, files, join(directory, 'out')), '')
  for (const [index, { file }] of allMutations.entries()) {
    const made = join(directory, 'out', String(index), file.replace(/\.ts$/, '.js'))
    t.notThrows(() => readFileSync(made), file)
  }
})
