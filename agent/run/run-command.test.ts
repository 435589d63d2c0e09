import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { type ServedGroups, serveGroups } from '../socket/testing/serve-groups.ts'
import { type RunCommandOptions, runCommand } from './run-command.ts'

/** A `konor run` in this process, with signals that the test sends and a file that the command writes to. */
interface Run extends ServedGroups {
  readonly folder: string
  readonly signals: EventEmitter & { terminalSendsInterrupt: boolean }
  /** Starts it with a shell script; `$OUT` is the file. */
  start(script: string, options?: Partial<RunCommandOptions>): Promise<number>
  /** The lines that the command wrote. */
  lines(): string[]
}

async function prepared(t: ExecutionContext): Promise<Run> {
  const served = await serveGroups(t)
  const folder = await mkdtemp(join(tmpdir(), 'konor-run-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const out = join(folder, 'out')
  const signals = Object.assign(new EventEmitter(), { terminalSendsInterrupt: false })
  const start: Run['start'] = (script, options) =>
    runCommand({
      group: 'g',
      command: ['sh', '-c', script],
      socket: served.path,
      settleMs: 20,
      environment: { ...process.env, OUT: out },
      signals,
      say: () => undefined,
      ...options,
    })
  return { ...served, folder, signals, start, lines: () => linesOf(out) }
}

const SERVICE = 'echo "$RATE_LIMIT" >> "$OUT"; exec sleep 600'

test('a command gets the entries and its code is the answer', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 7, list: [1] })
  t.is(await run.start('echo "$RATE_LIMIT $LIST" >> "$OUT"; exit 0'), 0)
  t.deepEqual(run.lines(), ['7 [1]'])
  t.is(run.groups.count('bye'), 1)
  t.deepEqual(outcomes(run), ['1 ok'])
})

test('a first start that crashes is rejected, and its code is the answer, without bye', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { a: 1 })
  t.is(await run.start('exit 7', { settleMs: 60_000 }), 7)
  t.deepEqual(outcomes(run), ['1 rejected exited 7'])
  await run.groups.until(() => run.groups.count('disconnected') === 1)
  t.is(run.groups.count('bye'), 0)
})

test('a change restarts the command and counts when the new one lived', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 1 })
  const done = run.start(SERVICE)
  await run.groups.until(() => outcomes(run).length === 1)
  await until(() => run.lines().length === 1)
  run.groups.activate('g', { 'rate-limit': 2 })
  await run.groups.until(() => outcomes(run).length === 2)
  await until(() => run.lines().length === 2)
  t.deepEqual(run.lines(), ['1', '2'])
  t.deepEqual(outcomes(run), ['1 ok', '2 ok'])
  run.signals.emit('SIGTERM')
  t.is(await done, 128 + 15)
  t.is(run.groups.count('bye'), 1)
})

test('a change that the new command does not survive is rejected, and the next one is taken', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 1 })
  // It lives well with everything but 2.
  const script = '[ "$RATE_LIMIT" = 2 ] && exit 3; echo "$RATE_LIMIT" >> "$OUT"; exec sleep 600'
  const done = run.start(script, { settleMs: 500 })
  await run.groups.until(() => outcomes(run).length === 1)
  run.groups.activate('g', { 'rate-limit': 2 })
  await run.groups.until(() => outcomes(run).length === 2)
  run.groups.activate('g', { 'rate-limit': 1 })
  await run.groups.until(() => outcomes(run).includes('3 ok'))
  await until(() => run.lines().length >= 2)
  t.is(outcomes(run)[1], '2 rejected exited 3')
  run.signals.emit('SIGTERM')
  t.is(await done, 128 + 15)
  t.deepEqual(run.lines().at(-1), '1')
})

test('a service that crashes leaves without bye and is started again as a new instance', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 1 })
  // The first one waits to be told to crash; the second lives on.
  const script = `echo start >> "$OUT"; [ "$(grep -c start "$OUT")" = 1 ] || exec sleep 600
    while [ ! -e "$OUT.crash" ]; do sleep 0.01; done; exit 9`
  const done = run.start(script, { file: join(run.folder, 'values.json') })
  await run.groups.until(() => outcomes(run).length === 1)
  t.deepEqual(JSON.parse(readFileSync(join(run.folder, 'values.json'), 'utf8')), { 'rate-limit': 1 })
  await writeFile(join(run.folder, 'out.crash'), '')
  await run.groups.until(() => run.groups.count('registered') === 2)
  await until(() => run.lines().length === 2)
  t.is(run.groups.count('disconnected'), 1)
  const instances = run.groups.happenings.flatMap(one => (one.what === 'registered' ? [one.instance] : []))
  t.is(new Set(instances).size, 2)
  run.signals.emit('SIGINT')
  t.is(await done, 128 + 2)
})

test('a signal on change reaches the command, after the file was written', async t => {
  const run = await prepared(t)
  const file = join(run.folder, 'values.env')
  run.groups.activate('g', { a: 'one' })
  const script = `trap 'cat ${file} >> "$OUT"' HUP; echo ready >> "$OUT"; while :; do sleep 0.01; done`
  const done = run.start(script, { onChange: 'signal:HUP', file })
  await until(() => run.lines().includes('ready'))
  await run.groups.until(() => outcomes(run).length === 1)
  run.groups.activate('g', { a: 'two' })
  await until(() => run.lines().includes('A=two'))
  await run.groups.until(() => outcomes(run).length === 2)
  t.deepEqual(outcomes(run), ['1 ok', '2 ok'])
  run.signals.emit('SIGTERM')
  t.is(await done, 128 + 15)
})

test('with none the command is left alone', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 1 })
  const done = run.start(SERVICE, { onChange: 'none' })
  await run.groups.until(() => outcomes(run).length === 1)
  run.groups.activate('g', { 'rate-limit': 2 })
  await run.groups.until(() => outcomes(run).length === 2)
  await until(() => run.lines().length === 1)
  t.deepEqual(run.lines(), ['1'])
  run.signals.emit('SIGTERM')
  await done
})

test('a collision is refused before the start, and later costs only the change', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'a-b': 1, 'a.b': 2 })
  await t.throwsAsync(run.start(SERVICE), { code: 'KONOR_RUN_ENV_COLLISION' })
  t.regex(outcomes(run)[0] ?? '', /1 rejected the keys/)
  run.groups.activate('g', { 'rate-limit': 1 })
  const done = run.start(SERVICE)
  await run.groups.until(() => outcomes(run).length === 2)
  await until(() => run.lines().length === 1)
  run.groups.activate('g', { 'a-b': 1, 'a.b': 2 })
  await run.groups.until(() => outcomes(run).length === 3)
  t.regex(outcomes(run)[2] ?? '', /3 rejected the keys/)
  run.signals.emit('SIGTERM')
  t.is(await done, 128 + 15)
  t.deepEqual(run.lines(), ['1'])
})

test('a command that does not heed SIGTERM is ended after the grace time', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 1 })
  const script = 'trap "" TERM; echo "$RATE_LIMIT" >> "$OUT"; while :; do sleep 0.01; done'
  const done = run.start(script, { graceMs: 50 })
  await run.groups.until(() => outcomes(run).length === 1)
  await until(() => run.lines().length === 1)
  run.groups.activate('g', { 'rate-limit': 2 })
  await run.groups.until(() => outcomes(run).length === 2)
  await until(() => run.lines().length === 2)
  run.signals.emit('SIGTERM')
  run.signals.emit('SIGTERM')
  t.is(await done, 128 + 9)
})

test('the command goes on while the agent is away', async t => {
  const run = await prepared(t)
  run.groups.activate('g', { 'rate-limit': 1 })
  const done = run.start(SERVICE)
  await run.groups.until(() => outcomes(run).length === 1)
  await until(() => run.lines().length === 1)
  await run.server.close()
  run.groups.activate('g', { 'rate-limit': 2 })
  await run.restart()
  await run.groups.until(() => outcomes(run).length === 2)
  await until(() => run.lines().length === 2)
  run.signals.emit('SIGTERM')
  t.is(await done, 128 + 15)
})

test('what cannot run says so with its code', async t => {
  const run = await prepared(t)
  await t.throwsAsync(run.start('', { startTimeoutMs: 1 }), { code: 'KONOR_RUN_NO_REVISION' })
  run.groups.activate('g', { a: 1 })
  const nowhere = { command: ['/nowhere/at-all'] }
  await t.throwsAsync(run.start('', nowhere), { code: 'KONOR_RUN_START_FAILED' })
  await t.throwsAsync(run.start('', { command: [] }), { code: 'KONOR_RUN_USAGE' })
  await t.throwsAsync(run.start('', { file: 'a.toml' }), { code: 'KONOR_RUN_USAGE' })
  await t.throwsAsync(run.start('', { onChange: 'signal:NONE' }), { code: 'KONOR_RUN_USAGE' })
})

function outcomes({ groups }: Run): string[] {
  return groups.acknowledgements('g').flatMap(({ activation, phase, outcome, reason }) => {
    return phase === 'applied' ? [[activation, outcome, reason].filter(Boolean).join(' ')] : []
  })
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1)
  } catch {
    // Nothing was written yet.
    return []
  }
}

function until(condition: () => boolean): Promise<true> {
  return pollUntil('the command did it', condition)
}
