import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { checkLayers } from './check-layers.ts'
import { findFolderCycles, findLoads } from './import-graph.ts'
import { expectNone } from './expect-none.ts'
import { asSource, findProjectRoot, readProjectFiles, sourcesOf } from './project-files.ts'

const root = findProjectRoot()
const files = sourcesOf(readProjectFiles(root))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

/** The objections to one import of one file. */
function objections(path: string, specifier: string): string[] {
  return checkLayers(
    [asSource({ path, text: `import { x } from '${specifier}'` })],
    ['fastify', 'pino', 'yaml'],
  )
}

test('imports point one way: actors and policies, runtime, agent, simulations', t => {
  expectNone(
    t,
    'Imports against the layers (docs/architecture.md, Layers):',
    checkLayers(files, Object.keys(manifest.dependencies)),
  )
})

test('the folders of runtime form no cycle', t => {
  expectNone(
    t,
    'Folders that need each other are one folder, or lack a port between them:',
    findFolderCycles(files, 'runtime'),
  )
})

test('the folders of agent form no cycle', t => {
  expectNone(
    t,
    'Folders that need each other are one folder, or lack a port between them:',
    findFolderCycles(files, 'agent'),
  )
})

test('an agent loads nothing of central, not even through others', t => {
  const central = ['runtime/central', 'runtime/engine', 'runtime/kernel', 'runtime/journal', 'runtime/api']
  expectNone(
    t,
    'An agent must start and serve without these:',
    findLoads(files, 'agent', [...central, 'xstate', 'sqlite3', 'fastify']),
  )
})

test('each layer refuses what lies above it', t => {
  const refused: readonly (readonly [path: string, specifier: string])[] = [
    ['actors/vocabulary/a.ts', '../job/machine.ts'],
    ['actors/job/a.ts', '../rollout/machine.ts'],
    ['actors/job/a.ts', '../../runtime/ports/clock.ts'],
    ['actors/job/a.ts', 'xstate'],
    ['policies/strong/a.ts', '../../runtime/kernel/fold.ts'],
    ['runtime/ports/a.ts', '../kernel/fold.ts'],
    ['runtime/engine/a.ts', '../../agent/store/store.ts'],
    ['runtime/engine/a.ts', '../../simulations/kit/poll-until.ts'],
    ['runtime/engine/a.ts', './dispatcher.test.ts'],
    ['runtime/engine/a.ts', '../journal/conformance.ts'],
    ['runtime/engine/a.ts', 'fastify'],
    ['runtime/manifest/a.ts', 'fast-check'],
    ['agent/store/a.ts', '../../runtime/central/central.ts'],
    ['agent/store/a.ts', '../../runtime/journal/journal.ts'],
    ['agent/sdk/a.ts', '../store/store.ts'],
    ['agent/sdk/a.ts', 'pino'],
    ['docs/examples/a.ts', '../../runtime/engine/engine.ts'],
    ['elsewhere/a.ts', './b.ts'],
  ]
  for (const [path, specifier] of refused) t.is(objections(path, specifier).length, 1, `${path} ${specifier}`)
})

test('each layer may use what lies below it', t => {
  const allowed: readonly (readonly [path: string, specifier: string])[] = [
    ['actors/job/a.ts', '../vocabulary/address.ts'],
    ['actors/job/a.ts', './machine.ts'],
    ['policies/strong/a.ts', '../vocabulary/guards.ts'],
    ['runtime/engine/a.ts', '../../actors/job/machine.ts'],
    ['runtime/engine/a.ts', 'node:crypto'],
    ['runtime/api/a.ts', 'fastify'],
    ['runtime/cli/a.ts', '../../agent/agent.ts'],
    ['agent/store/a.ts', '../../runtime/links/link.ts'],
    ['agent/sdk/a.ts', '../socket/frame.ts'],
    ['runtime/engine/a.test.ts', '../../simulations/kit/poll-until.ts'],
    ['simulations/world/a.ts', '../../agent/agent.ts'],
  ]
  for (const [path, specifier] of allowed)
    t.deepEqual(objections(path, specifier), [], `${path} ${specifier}`)
})

test('a cycle of folders is found and told import by import', t => {
  const cyclic = [
    { path: 'runtime/a/one.ts', text: `import { x } from '../b/two.ts'` },
    { path: 'runtime/b/two.ts', text: `import { x } from '../c/three.ts'` },
    { path: 'runtime/c/three.ts', text: `\nimport type { X } from '../a/one.ts'` },
    { path: 'runtime/c/three.test.ts', text: `import { x } from '../b/two.ts'` },
  ].map(asSource)
  const cycles = findFolderCycles(cyclic, 'runtime')
  t.is(cycles.length, 1)
  t.regex(cycles[0] ?? '', /^a → b → c → a\n/)
  t.regex(cycles[0] ?? '', /c → a: runtime\/c\/three\.ts:2 imports runtime\/a\/one\.ts/)
})

test('a load is found through other files, and types load nothing', t => {
  const chain = [
    { path: 'agent/a.ts', text: `import { x } from '../runtime/links/b.ts'` },
    {
      path: 'runtime/links/b.ts',
      text: `import { x } from '../engine/c.ts'\nimport type { Y } from '../kernel/d.ts'`,
    },
  ].map(asSource)
  t.deepEqual(findLoads(chain, 'agent', ['runtime/engine', 'runtime/kernel']), [
    'agent/a.ts\n    → runtime/links/b.ts\n    → runtime/engine/c.ts',
  ])
})
