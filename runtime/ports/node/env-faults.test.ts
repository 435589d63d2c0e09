import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { noFaults } from '../fault-points.ts'
import { createEnvFaults } from './env-faults.ts'

test('without variables it is the free one', t => {
  t.is(createEnvFaults({}), noFaults)
  t.is(createEnvFaults({ KONOR_FAULT_POINT: '' }), noFaults)
})

test('an armed point announces itself and stops at its nth hit, once', t => {
  const said: string[] = []
  const host = { announce: (line: string) => void said.push(line), stop: () => void said.push('stop') }
  const faults = createEnvFaults({ KONOR_FAULT_POINT: 'engine.after-fold:3' }, host)
  faults.hit('engine.after-fold')
  faults.hit('engine.before-fold')
  faults.hit('engine.after-fold')
  t.deepEqual(said, [])
  faults.hit('engine.after-fold')
  faults.hit('engine.after-fold')
  t.deepEqual(said, ['KONOR_FAULT engine.after-fold\n', 'stop'])
})

test('an unknown point or count is told at once', t => {
  for (const armed of ['nowhere', 'engine.after-fold:0', 'engine.after-fold:x', 'engine.after-fold:1:2'])
    t.throws(() => createEnvFaults({ KONOR_FAULT_POINT: armed }), { message: /KONOR_FAULT_POINT/ })
})

test('the count file names each point once, in the order of its first hit', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'konor-faults-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'hits')
  const faults = createEnvFaults({ KONOR_FAULT_COUNT_FILE: file })
  faults.hit('agent.before-push')
  faults.hit('agent.after-store')
  faults.hit('agent.before-push')
  t.is(await readFile(file, 'utf8'), 'agent.before-push\nagent.after-store\n')
})

test('a real process stands still at its point until it is killed', async t => {
  const script = `
    const { createEnvFaults } = await import(${JSON.stringify(new URL('./env-faults.js', import.meta.url).href)})
    createEnvFaults(process.env).hit('journal.before-commit')
    console.log('went on')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, KONOR_FAULT_POINT: 'journal.before-commit' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  const closed = once(child, 'close')
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  t.is(line.toString(), 'KONOR_FAULT journal.before-commit\n')
  child.kill('SIGKILL')
  const [code, signal] = (await closed) as [number | null, string | null]
  t.is(code, null)
  t.is(signal, 'SIGKILL')
  t.is(output, '')
})
