import test from 'ava'
import { tempDir } from '../../../simulations/kit/temp-dir.ts'
import { summaryOf } from '../../../simulations/run/run-summary.ts'
import { simulate } from '../../../simulations/run/simulate.ts'
import { optionsOfSeed, readOption } from '../../../simulations/run/simulation-options.ts'
import { runKonor } from '../run-konor.test.kit.ts'
import { commandOf, identityOf, verdictOf } from './render-run.ts'
import { Sweep } from './sweep.ts'

test('a seed is the same run in another process', async t => {
  const here = summaryOf(await simulate(optionsOfSeed(12)))
  const home = tempDir(t)
  const one = await runKonor(home, ['simulate', '--seed', '12', '-o', 'json'])
  t.is(one.code, 0, one.err)
  t.deepEqual(JSON.parse(one.out), JSON.parse(JSON.stringify(here)))
  const many = await runKonor(home, ['simulate', '--seeds', '12..13', '--jobs', '2', '-o', 'json'])
  t.is(many.code, 0, many.err)
  t.like(JSON.parse(many.out), { runs: 2, failed: [] })
})

test('the first line says all that a run depends on, and --set takes it as it stands', async t => {
  const { out, code } = await runKonor(tempDir(t), [
    'simulate',
    '--seed',
    '3',
    '--set',
    'faults=none',
    'nodes=2',
  ])
  t.is(code, 0)
  const [identity = '', verdict = ''] = out.split('\n')
  t.regex(identity, /^seed 3 {2}commit \S+ {2}nodes=2 groups=\d .* faults=none /)
  t.regex(verdict, /^kept every promise: \d+ commits, .* trace [0-9a-f]{16}$/)
  const options = optionsOfSeed(3)
  const read = identityOf('c', options).trim().split(/ {2}/)[2]?.split(' ').map(readOption)
  t.deepEqual({ seed: 3, only: null, ...Object.assign({}, ...(read ?? [])) }, options)
  t.is(readOption('nodes=many'), undefined)
  t.is(readOption('faults=crash+weather'), undefined)
})

test('what broke is named with its promise, and the command runs just that again', async t => {
  const run = summaryOf(await simulate(optionsOfSeed(2, { only: [], faultCount: 0 })))
  const broken = { ...run, violations: [{ promise: 4, what: 'n1 went back' }] }
  t.regex(verdictOf(broken), /broken: 4\. a node goes backward only .*\n +n1 went back\n/)
  t.regex(verdictOf({ ...run, commits: 0 }), /^FAILED: nothing was committed/)
  const command = commandOf({ ...run.options, only: ['f1', 'd2'] }, ['nodes=3'], '--story')
  t.is(command, 'konor simulate --seed 2 --set nodes=3 --only f1,d2 --story')
})

test('a sweep in which a fault never struck, or a deed was never done, has a hole', async t => {
  const run = summaryOf(await simulate(optionsOfSeed(2, { only: [] })))
  const sweep = new Sweep()
  const done = { change: { done: 1, refused: 0 }, cancel: { done: 0, refused: 3 } }
  for (let count = 0; count < 199; count++) sweep.add({ ...run, struck: { crash: 1 }, done })
  t.deepEqual(sweep.holes(), [])
  sweep.add({ ...run, struck: { pause: 1 }, done })
  t.false(sweep.holes().some(kind => kind === 'crash' || kind === 'pause' || kind === 'change'))
  t.true(sweep.holes().includes('partition'))
  t.deepEqual(sweep.holes(['crash'], ['change']), [])
  t.deepEqual(sweep.holes([], ['change', 'cancel']), ['cancel'])
  t.is(sweep.failed.length, 0)
})

test('wrong flags are refused with what was expected', async t => {
  const home = tempDir(t)
  for (const flags of [
    ['--seed', 'x'],
    ['--seeds', '9..2'],
    ['--for', 'ever'],
    ['--set', 'nodes'],
    ['--jobs', '0'],
    ['--seeds', '1..2', '--only', 'f1'],
    ['--seeds', '1..2', '--shrink'],
    ['--seeds', '1..2', '--for', '1m'],
    ['--seed', '1', '--only', 'f9999'],
    ['--seed', '1', '--set', 'faults=weather'],
    ['--scenario', 'nothing-like-it'],
    ['--scenario', 'undo', '--seed', '1'],
  ]) {
    const { code, err } = await runKonor(home, ['simulate', ...flags])
    t.is(code, 2)
    t.regex(err, /KONOR_CLI_USAGE/)
  }
})
