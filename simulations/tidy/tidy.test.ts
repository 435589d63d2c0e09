import test from 'ava'
import { expectNone } from './expect-none.ts'
import { asSource, findProjectRoot, readProjectFiles, sourcesOf } from './project-files.ts'
import { checkSources, FILE_LINES_MAX } from './source-rules.ts'
import { checkLeaks, checkLinks, checkNames, checkReadmes, checkTop } from './tree-rules.ts'
import { checkWorldAccess, findIdleAdapters } from './world-access.ts'

const files = readProjectFiles(findProjectRoot())
const sources = sourcesOf(files)

test('the project is found: a tidy test that reads nothing would always pass', t => {
  t.true(files.some(file => file.path === 'package.json'))
  t.true(sources.length > 30)
})

test('sources keep the house rules', t => {
  expectNone(t, 'House rules (docs/contributing.md):', checkSources(sources))
})

test('cores touch the world through ports only', t => {
  expectNone(
    t,
    'Only the adapters in simulations/tidy/world-access.ts meet the world:',
    checkWorldAccess(sources),
  )
})

test('the list of adapters holds no idle entry', t => {
  expectNone(t, 'These touch nothing any more: take them off ADAPTERS.', findIdleAdapters(sources))
})

test('the top level is as agreed', t => {
  expectNone(t, 'The top level is fixed (docs/architecture.md):', checkTop(files))
})

test('names are in kebab-case and say what is inside', t => {
  expectNone(t, 'Names (docs/contributing.md):', checkNames(files))
})

test('every actor says what it is', t => {
  expectNone(t, 'An actor is read in its README first:', checkReadmes(files, 'actors'))
})

test('no file tells of the machine that it was written on', t => {
  expectNone(t, 'Committed files hold neither machine paths nor registry addresses:', checkLeaks(files))
})

test('links between documents lead somewhere', t => {
  expectNone(t, 'Mend or remove the link:', checkLinks(files))
})

/** What the rules on sources say of one line. */
function breaches(line: string, path = 'runtime/engine/a.ts'): number {
  return checkSources([asSource({ path, text: `${line}\n` })]).length
}

test('each rule on sources catches its breach', t => {
  t.is(breaches(`// ${'TO'}DO: later`), 1)
  t.is(breaches(`test.${'skip'}('x', t => t.is(1, 1))`), 1)
  t.is(breaches(`  t.${'pass'}()`), 1)
  t.is(breaches('await new Promise(resolve => setTimeout(resolve, 100))', 'runtime/a.test.ts'), 1)
  t.is(breaches('export interface IClock {}'), 1)
  t.is(breaches('class JournalImpl {}'), 1)
  t.is(breaches(`// ${'x '.repeat(60)}`), 1)
  t.is(breaches(`f(${'x, '.repeat(40)})`), 1)
  t.is(breaches('a()\n'.repeat(FILE_LINES_MAX + 1)), 1)
})

test('no rule on sources catches innocent code', t => {
  t.is(breaches("const words = 'class JournalImpl'"), 0)
  t.is(breaches('interface Input {}\ninterface Idle {}\nclass Implement {}'), 0)
  t.is(breaches(`  help: '${'x '.repeat(60)}',`), 0)
})

function touches(line: string, path = 'runtime/engine/a.ts'): number {
  return checkWorldAccess([asSource({ path, text: `${line}\n` })]).length
}

test('each touch of the world is caught in a core and allowed in an adapter', t => {
  const lines = [
    'const now = Date.now()',
    'const now = new Date()',
    'const now = performance.now()',
    'const id = randomUUID()',
    'const x = Math.random()',
    'setTimeout(fire, 10)',
    'const home = process.env.HOME',
    "import { readFile } from 'node:fs/promises'",
    "const net = await import('node:net')",
  ]
  for (const line of lines) {
    t.is(touches(line), 1, line)
    t.is(touches(line, 'runtime/ports/node/a.ts'), 0, line)
    t.is(touches(line, 'runtime/engine/a.test.ts'), 0, line)
  }
})

test('what merely looks like the world is let be', t => {
  t.is(touches('const day = new Date(wallMs).toISOString()'), 0)
  t.is(touches('registration.process.env'), 0)
  t.is(touches('for (const process of processes) send(process.pid)'), 0)
  t.is(touches("import { createHash } from 'node:crypto'"), 0)
  t.is(touches("import type { Socket } from 'node:net'"), 0)
  t.is(touches('this.#clock.setTimeout(fire)'), 0)
})

test('an adapter that meets nothing is idle', t => {
  const idle = asSource({ path: 'agent/run/a.ts', text: 'export const a = 1\n' })
  const busy = asSource({ path: 'agent/run/b.ts', text: 'process.exit()\n' })
  t.deepEqual(findIdleAdapters([idle]), ['agent/run'])
  t.deepEqual(findIdleAdapters([idle, busy]), [])
})

test('each rule on the tree catches its breach', t => {
  const file = (path: string, text = '') => ({ path, text })
  t.is(checkTop([file('src/a.ts'), file('actors/a.ts'), file('.gitignore'), file('LICENSE')]).length, 1)
  t.is(
    checkNames([file('runtime/engineRoom/a.ts'), file('runtime/utils/b.ts'), file('agent/types.ts')]).length,
    3,
  )
  t.deepEqual(
    checkNames([file('runtime/engine/a-b.test.ts'), file('docs/adr/0001-x.md'), file('README.md')]),
    [],
  )
  t.is(checkReadmes([file('actors/job/machine.ts'), file('actors/lock/README.md')], 'actors').length, 1)
  t.is(checkLinks([file('docs/a.md', 'see [b](b.md), [c](../actors/c.ts#x), [d](https://d)')]).length, 2)
  t.deepEqual(checkLinks([file('docs/a.md', '[b](b/), [self](a.md#top)'), file('docs/b/c.md')]), [])
})

test('paths of a machine and addresses of registries are caught, others are let be', t => {
  const leaks = (text: string) => checkLeaks([{ path: 'docs/a.md', text }]).length
  const home = ['', 'home', 'someone', 'code'].join('/')
  const registry = ['https:/', 'registry.example.org', 'package'].join('/')
  t.is(leaks(`cd ${home}`), 1)
  t.is(leaks(`"${registry}"`), 1)
  const path = ['/teams/payments', 'work', 'root', 'stripe'].join('/')
  t.is(leaks(`${path}, ./home/x, https://example.org/home/page, $HOME/tmp/x`), 0)
})
