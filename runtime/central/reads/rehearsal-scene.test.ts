import test from 'ava'
import { builtInPolicies } from '../../../policies/built-in.ts'
import { TestEngine } from '../../engine/engine.test.kit.ts'
import { parseManifests } from '../../manifest/parse-manifests.ts'
import { previewDiff } from '../writes/preview.ts'
import { rehearsalScene } from './rehearsal-scene.ts'

const set = (path: string, value: string): string => `---
apiVersion: konorkestra/v1
kind: ConfigSet
metadata: { path: ${path} }
spec: { entries: { greeting: ${value} } }
`
const group = (name: string, sets: string, policy: string): string => `---
apiVersion: konorkestra/v1
kind: Group
metadata: { name: ${name} }
spec: { sets: [${sets}], policy: ${policy} }
`
const POLICY = `---
apiVersion: konorkestra/v1
kind: Policy
metadata: { name: careful }
spec: { uses: strong, with: { stageTimeout: 3m } }
`

async function sceneOf(engine: TestEngine, text: string) {
  const known = new Map([...builtInPolicies].map(([name, { options }]) => [name, options]))
  const documents = parseManifests([{ file: 'change.yaml', text }], known)
  return rehearsalScene(engine.leader.view, documents, await previewDiff(engine.leader, documents))
}

async function begun(): Promise<TestEngine> {
  const engine = await TestEngine.start()
  const sets = set('/base', 'hidden-one') + set('/web', 'hidden-two') + set('/mail', 'hidden-three')
  const groups = group('web', '/base, /web', 'careful') + group('mail', '/mail', 'eventual')
  await engine.apply(POLICY + sets + groups)
  await engine.quiet()
  await engine.join('web', 'n1', 'n7')
  await engine.join('mail', 'n2')
  await engine.liveness('offline', 'n7')
  return engine
}

test('a scene holds the groups that a change moves, their policies and their nodes with journaled health', async t => {
  const engine = await begun()
  const scene = await sceneOf(engine, set('/web', 'hidden-four'))
  t.deepEqual(scene, {
    topology: {
      policies: [{ name: 'careful', uses: 'strong', with: { stageTimeout: '3m' } }],
      groups: [{ name: 'web', sets: ['/base', '/web'], policy: 'careful' }],
      nodes: [
        { name: 'n1', liveness: 'alive', groups: { web: 0 } },
        { name: 'n7', liveness: 'offline', groups: { web: 0 } },
      ],
    },
    change: { policies: [], groups: [], paths: ['/web'] },
    notes: [],
  })
  t.false(JSON.stringify(scene).includes('hidden'))
  await engine.stop()
})

test('a group that layers more counts what is new to it as moved; what stays the same is left out', async t => {
  const engine = await begun()
  const same = set('/base', 'hidden-one')
  const scene = await sceneOf(engine, same + group('mail', '/mail, /base', 'eventual'))
  t.deepEqual(
    scene.topology.groups.map(({ name }) => name),
    ['mail'],
  )
  t.deepEqual(scene.change.paths, ['/base'])
  t.deepEqual(
    scene.change.groups.map(({ sets }) => sets),
    [['/mail', '/base']],
  )
  await engine.stop()
})

test('a change that no node would notice is nothing to rehearse', async t => {
  const engine = await begun()
  const nothing = { code: 'KONOR_REHEARSAL_NOTHING' }
  await t.throwsAsync(sceneOf(engine, set('/web', 'hidden-two')), nothing)
  await t.throwsAsync(sceneOf(engine, set('/new', 'a') + group('new', '/new', 'eventual')), nothing)
  await engine.stop()
})

test('a frozen cluster and a rollout under way are noted', async t => {
  const engine = await begun()
  await engine.apply(set('/web', 'hidden-five'))
  await engine.quiet()
  await engine.submit({ principal: 'key/admin', scopes: ['admin'] }, 'freeze', {})
  const { notes } = await sceneOf(engine, set('/web', 'hidden-six'))
  t.is(notes.length, 2)
  t.regex(notes.join('\n'), /frozen[^]*web is rolling/)
  await engine.stop()
})
