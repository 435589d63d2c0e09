import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { freePort } from '../../simulations/kit/free-port.ts'
import { spawnKonor } from '../../simulations/kit/spawn-konor.ts'
import { tempDir } from '../../simulations/kit/temp-dir.ts'
import { GOOD_KEY } from '../api/memory-control.test.kit.ts'
import { konorWithServer, runKonor } from './run-konor.test.kit.ts'

const MANIFEST = 'apiVersion: konorkestra/v1\nkind: Group\n'

test('version and help need no central; wrong usage ends with 2 and a hint', async t => {
  const home = tempDir(t)
  const version = await runKonor(home, ['version', '-o', 'json'])
  t.is(version.code, 0)
  t.regex((JSON.parse(version.out) as { version: string }).version, /^\d+\.\d+\.\d+/)
  t.is((await runKonor(home, ['apply', '--help'])).code, 0)
  t.is((await runKonor(home, ['help', 'node'])).code, 0)
  const helpOfNothing = await runKonor(home, ['node', 'wrong', '--help'])
  t.is(helpOfNothing.code, 2)
  t.is(helpOfNothing.out, '')
  t.regex(helpOfNothing.err, /unknown command 'wrong'/)
  const misspelt = await runKonor(home, ['aply'])
  t.is(misspelt.code, 2)
  t.regex(misspelt.err, /Did you mean apply\?/)
  for (const args of [
    [],
    ['apply'],
    ['get'],
    ['get', 'wombats'],
    ['get', 'groups', '-o', 'xml'],
    ['wait', 'job'],
  ])
    t.is((await runKonor(home, args)).code, 2, args.join(' '))
})

test('an address where nobody answers ends with 6 and says what to do', async t => {
  const ran = await runKonor(tempDir(t), ['get', 'groups', '--url', `http://127.0.0.1:${await freePort()}`])
  t.is(ran.code, 6)
  t.is(ran.out, '')
  t.regex(ran.err, /KONOR_CLI_UNREACHABLE[^]*next: Start one with `konor up`/)
})

test('JSON stands alone on standard output', async t => {
  const { konor } = await konorWithServer(t)
  const ran = await konor(['get', 'groups', '-o', 'json'])
  t.is(ran.code, 0)
  t.like(JSON.parse(ran.out), { items: [{ name: 'payments', state: 'steady' }], next: null })
  t.is(ran.err, '')
  t.is((await konor(['get', 'groups', '-o', 'name'])).out, 'group/payments\n')
  t.like(JSON.parse((await konor(['get', 'groups', '-o', 'jsonl'])).out), { name: 'payments' })
  t.regex((await konor(['get', 'group', 'payments', '-o', 'yaml'])).out, /^name: payments$/m)
  t.regex((await konor(['get', 'groups'])).out, /^NAME +STATE +POLICY[^\n]*\npayments +steady +strong/)
})

test('exit codes follow the answer: 3 not found, 5 denied, 4 conflict', async t => {
  const { konor } = await konorWithServer(t)
  const missing = await konor(['get', 'group', 'nothing'])
  t.is(missing.code, 3)
  t.regex(missing.err, /^error KONOR_API_NOT_FOUND: no group nothing\n/)
  t.regex(missing.err, /trace: [0-9a-f]{32}/)
  t.is((await konor(['get', 'groups'], { env: { KONOR_API_KEY: 'wrong' } })).code, 5)
})

test('apply prints the job, and an error names file and line', async t => {
  const { konor, home } = await konorWithServer(t)
  writeFileSync(join(home, 'a.yaml'), MANIFEST)
  const applied = await konor(['apply', '-f', 'a.yaml', '-o', 'json'])
  t.is(applied.code, 0)
  t.like(JSON.parse(applied.out), { kind: 'apply', state: 'accepted' })
  t.regex(applied.err, /konor wait job\/j1 --for=succeeded/)
  t.is((await konor(['apply', '-f', '-'], { input: MANIFEST })).code, 0)

  mkdirSync(join(home, 'dir'))
  writeFileSync(join(home, 'dir', 'empty.yaml'), '')
  const refused = await konor(['apply', '-f', 'dir'])
  t.is(refused.code, 2)
  t.regex(refused.err, /dir\/empty\.yaml:1: expected a document/)
  t.is((await konor(['apply', '-f', 'nowhere.yaml'])).code, 2)
})

test('apply --wait follows to the end: 0, or 8 with its reason, or 7', async t => {
  const { konor, control, finish } = await konorWithServer(t)
  const endNext = async (state: 'succeeded' | 'failed') => {
    const before = control.jobs({ limit: 100 }).items.length
    const running = konor(['apply', '-f', '-', '--wait', '-o', 'json'], { input: MANIFEST })
    const accepted = pollUntil('the job is accepted', () => control.jobs({ limit: 100 }).items[before])
    const early = running.then(ran => Promise.reject(new Error(`ended early: ${ran.err}`)))
    const job = await Promise.race([accepted, early])
    early.catch(() => undefined)
    finish(job.id, state, 'n1 rejected it')
    return running
  }
  const good = await endNext('succeeded')
  t.is(good.code, 0, good.err)
  t.like(JSON.parse(good.out), { state: 'succeeded' })
  const bad = await endNext('failed')
  t.is(bad.code, 8)
  t.like(JSON.parse(bad.out), { state: 'failed' })
  t.regex(bad.err, /KONOR_CLI_JOB_FAILED: job j2 ended failed \(n1 rejected it\)/)
  t.is((await konor(['apply', '-f', '-', '--wait', '--timeout', '300ms'], { input: MANIFEST })).code, 7)
})

test('wait: holds 0, never 1, not in time 7', async t => {
  const { konor, finish } = await konorWithServer(t)
  await konor(['apply', '-f', '-'], { input: MANIFEST })
  t.is((await konor(['wait', 'job/j1', '--for=succeeded', '--timeout', '300ms'])).code, 7)
  t.is((await konor(['wait', 'group/payments', '--for=steady'])).code, 0)
  t.is((await konor(['wait', 'group/nothing', '--for=deleted'])).code, 0)
  finish('j1', 'failed')
  t.is((await konor(['wait', 'job/j1', '--for=succeeded'])).code, 1)
  t.is((await konor(['wait', 'job/j1', '--for=ended'])).code, 0)
  t.is((await konor(['wait', 'job/j1', '--for=wonderful'])).code, 2)
})

test('config: set several keys in one job, read them back, remove one', async t => {
  const { konor, control } = await konorWithServer(t)
  t.is((await konor(['config', 'set', '/teams/pay', 'limit=1000', 'region=eu', 'on=true'])).code, 0)
  t.is(control.jobs({ limit: 10 }).items.length, 1)
  t.deepEqual(JSON.parse((await konor(['config', 'get', '/teams/pay', '-o', 'json'])).out), {
    limit: 1000,
    region: 'eu',
    on: true,
  })
  t.is((await konor(['config', 'get', '/teams/pay/region'])).out, 'eu\n')
  t.is((await konor(['config', 'get', '/teams/pay/limit'])).out, '1000\n')
  await konor(['config', 'set', '/teams/pay', '--string', 'pin=0042'])
  t.is((await konor(['config', 'get', '/teams/pay/pin'])).out, '0042\n')
  t.is((await konor(['config', 'rm', '/teams/pay', 'limit'])).code, 0)
  t.is((await konor(['config', 'get', '/teams/pay/limit'])).code, 3)
  t.regex((await konor(['config', 'history', '/teams/pay'])).out, /^VERSION/)
  t.is((await konor(['config', 'set', '/teams/pay', 'novalue'])).code, 2)
})

test('token create prints the token alone; what is for people goes to standard error', async t => {
  const { konor } = await konorWithServer(t)
  const ran = await konor(['token', 'create', 'payments', '--uses', '3', '--expires', '24h'])
  t.is(ran.out, 'secret-86400000\n')
  t.regex(ran.err, /3 nodes may join payments/)
  t.is((await konor(['token', 'create', 'payments', '-q'])).err, '')
})

test('freeze and thaw', async t => {
  const { konor, control } = await konorWithServer(t)
  t.is((await konor(['freeze'])).code, 0)
  t.true(control.frozen())
  t.is((await konor(['thaw', '-o', 'json'])).out, '{\n  "frozen": false\n}\n')
})

test('watch prints events as they come, and leaves in good order', async t => {
  const { publish, home, url } = await konorWithServer(t)
  publish('GROUP_STEADY', 'group/payments', { revision: 1 })
  const env = { HOME: home, KONOR_URL: url, KONOR_API_KEY: GOOD_KEY }
  const watching = spawnKonor(t, ['watch', 'payments', '--since', '1-0.0'], { env, cwd: home })
  await watching.waitForOutput(/group\/payments {2}GROUP_STEADY {2}revision=1\n/)
  publish('GROUP_STEADY', 'group/orders', { revision: 7 })
  publish('GROUP_DEGRADED', 'group/payments', { revision: 2 })
  await watching.waitForOutput(/GROUP_DEGRADED {2}revision=2\n/)
  t.false(watching.stdout.includes('orders'))
  t.deepEqual(await watching.stop(), { code: 0, signal: null })
})

test('precedence: flag, then variable, then konor.yaml; unknown keys are refused', async t => {
  const { konor, home, url } = await konorWithServer(t)
  const dead = `http://127.0.0.1:${await freePort()}`
  writeFileSync(join(home, 'konor.yaml'), `url: ${dead}\noutput: name\n`)
  t.is((await konor(['get', 'groups'])).out, 'group/payments\n')
  t.regex((await konor(['get', 'groups'], { env: { KONOR_OUTPUT: 'table' } })).out, /^NAME/)
  t.is((await konor(['get', 'groups', '--url', dead])).code, 6)
  t.is((await runKonor(home, ['get', 'groups'], { env: { KONOR_API_KEY: GOOD_KEY } })).code, 6)
  t.is((await runKonor(home, ['get', 'groups', '--url', url], { env: { KONOR_API_KEY: GOOD_KEY } })).code, 0)

  writeFileSync(join(home, 'konor.yaml'), 'urll: x\n')
  const refused = await konor(['get', 'groups'])
  t.is(refused.code, 2)
  t.regex(refused.err, /KONOR_CLI_CONFIG_INVALID[^]*\/urll: unknown setting; known are/)
  t.is((await konor(['get', 'groups', '--config', 'absent.yaml'])).code, 2)
  t.is((await konor(['get', 'groups'], { env: { KONOR_CONFIG: '', KONOR_TIMEOUT: 'soon' } })).code, 2)
})

test('contexts: saved for the user alone, used by name or from now on', async t => {
  const { home, url } = await konorWithServer(t)
  writeFileSync(join(home, 'key'), `${GOOD_KEY}\n`)
  chmodSync(join(home, 'key'), 0o600)
  const set = await runKonor(home, ['context', 'set', 'test', '--url', url, '--api-key-file', 'key'])
  t.is(set.code, 0, set.err)
  const file = join(home, '.config', 'konor', 'contexts.json')
  t.true(existsSync(file))
  t.is(statSync(file).mode & 0o777, 0o600)
  t.false(readFileSync(file, 'utf8').includes(GOOD_KEY))
  t.is((await runKonor(home, ['get', 'groups', '--context', 'test', '-o', 'name'])).out, 'group/payments\n')
  t.is((await runKonor(home, ['get', 'groups', '-o', 'name'])).out, 'group/payments\n')
  t.is((await runKonor(home, ['context', 'use', 'nothing'])).code, 3)
  t.regex((await runKonor(home, ['context', 'ls'])).out, /test +true/)
  t.is((await runKonor(home, ['context', 'rm', 'test'])).code, 0)
  t.is((await runKonor(home, ['context', 'ls', '-o', 'json'])).out, '{\n  "items": [],\n  "next": null\n}\n')
})

test('completion knows every verb, and bash offers what may follow', async t => {
  const home = tempDir(t)
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out, code } = await runKonor(home, ['completion', shell])
    t.is(code, 0)
    for (const verb of ['apply', 'rollout', 'token', 'watch']) t.true(out.includes(verb), `${shell} ${verb}`)
    writeFileSync(join(home, shell), out)
  }
  t.is((await runKonor(home, ['completion', 'tcsh'])).code, 2)
  const offered = (words: string, at: number): string => {
    const script = `. ./bash; COMP_WORDS=(${words}); COMP_CWORD=${at}; _konor; echo "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', script], { cwd: home, encoding: 'utf8' }).trim()
  }
  t.is(offered('konor rollo', 1), 'rollout')
  t.is(offered('konor rollout u', 2), 'undo')
  t.is(offered('konor -q rollout undo --t', 4), '--to --timeout')
})

test('who aborts a rollout is content with any end of its job', async t => {
  const { konor, control, finish } = await konorWithServer(t)
  const aborting = konor(['rollout', 'abort', 'payments', '--wait', '-o', 'json'])
  const job = await pollUntil('it is accepted', () => control.jobs({ limit: 1 }).items[0])
  finish(job.id, 'failed', 'aborted')
  const { code, out, err } = await aborting
  t.is(code, 0, err)
  t.like(JSON.parse(out), { state: 'failed', reason: 'aborted' })
})
