import { join } from 'node:path'
import test from 'ava'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { spawnKonor } from '../../simulations/kit/spawn-konor.ts'
import type { GroupView, JobView } from '../engine/views.ts'
import { startCluster } from './cluster.test.kit.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

test('from apply to a node that has applied, and back by one command', async t => {
  const { home, up, agent, konor } = await startCluster(t)
  const central = await up()
  t.is((await konor(['diff', '-f', 'payments.yaml'])).code, 1)
  const applied = await konor(['apply', '-f', 'payments.yaml', '--wait', '-o', 'json'])
  t.is(applied.code, 0, applied.err)
  t.like(JSON.parse(applied.out), {
    state: 'succeeded',
    groups: [{ group: 'payments', outcome: 'committed' }],
  })
  t.is((await konor(['diff', '-f', 'payments.yaml'])).code, 0)

  const { out: token } = await konor(['token', 'create', 'payments'])
  const node = await agent('n1', token.trim())
  t.is((await konor(['wait', 'node/n1', '--for=operating', '--timeout', '30s'])).code, 0)
  const read = (key: string) => konor(['read', 'payments', key, '--socket', join(home, 'n1.sock')])
  await pollUntil('the node serves revision 1', async () => (await read('rate-limit')).out === '1000\n')

  t.is((await konor(['config', 'set', '/teams/payments', 'rate-limit=2000', '--wait'])).code, 0)
  t.is((await read('rate-limit')).out, '2000\n')
  t.is((await konor(['rollout', 'undo', 'payments', '--wait'])).code, 0)
  t.is((await read('rate-limit')).out, '1000\n')
  t.regex(
    (await konor(['describe', 'group', 'payments'])).out,
    /Held back\n {2}PATH[^\n]*\n {2}\/teams\/payments +1 +2/,
  )
  t.is((await konor(['rollout', 'status', 'payments'])).code, 0)

  const tokens = JSON.parse((await konor(['token', 'ls', '-o', 'json'])).out) as { items: { id: string }[] }
  const spent = tokens.items[0]?.id ?? ''
  for (const time of ['first', 'again']) {
    t.is((await konor(['token', 'revoke', spent])).code, 0, time)
    t.is((await konor(['node', 'drain', 'n1'])).code, 0, time)
  }

  t.deepEqual(await node.stop(), { code: 0, signal: null })
  t.deepEqual(await central.stop(), { code: 0, signal: null })
  t.is((await konor(['journal', 'verify', '--data', 'central'])).code, 0)
})

test('a value that its process rejects is rolled back: exit 8, and the reason is told', async t => {
  const { home, up, agent, konor } = await startCluster(t)
  await up()
  await konor(['apply', '-f', 'payments.yaml', '--wait'])
  const { out: token } = await konor(['token', 'create', 'payments'])
  await agent('n1', token.trim())
  const program =
    'if (process.env.RATE_LIMIT === "0") process.exit(3); setInterval(() => {}, 1000); console.log("limit", process.env.RATE_LIMIT)'
  const socket = ['--socket', join(home, 'n1.sock')]
  const running = spawnKonor(
    t,
    ['run', '--group', 'payments', ...socket, '--', process.execPath, '-e', program],
    { cwd: home },
  )
  await running.waitForOutput(/limit 1000/)
  const bad = await konor(['config', 'set', '/teams/payments', 'rate-limit=0', '--wait', '--timeout', '90s'])
  t.is(bad.code, 8, bad.err)
  t.regex(bad.err, /KONOR_CLI_JOB_FAILED/)
  const after = JSON.parse((await konor(['get', 'group', 'payments', '-o', 'json'])).out) as GroupView
  t.is(after.committed?.pins['/teams/payments']?.version, 1)
  t.is((await konor(['config', 'get', '/teams/payments/rate-limit'])).out, '0\n')
  const status = await konor(['rollout', 'status', 'payments'])
  t.is(status.code, 0, status.err)
  t.regex(status.err, /held: \/teams\/payments stays at version 1, its head is 2/)
})

test('of two writes on one version one wins; a repeated request is one request', async t => {
  const { up, konor, call } = await startCluster(t)
  await up()
  await konor(['apply', '-f', 'payments.yaml', '--wait'])
  const put = (value: number, headers: Record<string, string>) =>
    call('/api/v1/config/teams/payments/rate-limit', {
      method: 'PUT',
      body: JSON.stringify({ value }),
      headers: { ...JSON_TYPE, ...headers },
    })
  const raced = await Promise.all(Array.from({ length: 8 }, (_, value) => put(value, { 'if-match': '"1"' })))
  t.is(raced.filter(({ status }) => status === 202).length, 1)
  t.is(raced.filter(({ status }) => status === 412).length, 7)

  const again = { 'idempotency-key': 'k-1' }
  const answers = await Promise.all([put(77, again), put(77, again), put(77, again)])
  const jobs = await Promise.all(answers.map(async answer => ((await answer.json()) as JobView).id))
  t.is(new Set(jobs).size, 1)
  const other = await put(78, again)
  t.is(other.status, 422)
  t.like(await other.json(), { code: 'KONOR_ENGINE_IDEMPOTENCY_REUSED' })
})

test('events resume exactly across a restart of the central', async t => {
  const { up, konor, call } = await startCluster(t)
  const first = await up()
  await konor(['apply', '-f', 'payments.yaml', '--wait'])
  const before = await eventsSince(call, '1-0.0', 5)
  t.deepEqual(await first.kill(), { code: null, signal: 'SIGKILL' })
  await up()
  await konor(['config', 'set', '/teams/payments', 'rate-limit=2'])
  const all = await eventsSince(call, '1-0.0', before.length + 3)
  t.deepEqual(all.slice(0, before.length), before)
  const resumed = await eventsSince(call, idOf(before.at(-1)), 3)
  t.deepEqual(resumed, all.slice(before.length, before.length + 3))
  t.is(new Set(all.map(idOf)).size, all.length)
})

test('a second central on one data directory, a plain wildcard and a missing key are refused', async t => {
  const { home, up, konor, key } = await startCluster(t)
  await up()
  const ports = ['--http', '127.0.0.1:0', '--link', '127.0.0.1:0']
  const second = await konor(['up', '--data', 'central', ...ports])
  t.is(second.code, 4, second.err)
  t.regex(second.err, /KONOR_JOURNAL_LOCKED/)
  const open = await konor(['up', '--data', 'other', '--http', '0.0.0.0:0', '--link', '127.0.0.1:0'])
  t.is(open.code, 2)
  t.regex(open.err, /--insecure-http/)
  t.is((await konor(['up', '--data', 'other', '--link', '0.0.0.0:0', '--http', '127.0.0.1:0'])).code, 2)
  const unjoined = await konor(['agent', '--data', 'fresh', '--socket', join(home, 'x.sock')])
  t.is(unjoined.code, 2)
  t.regex(unjoined.err, /KONOR_AGENT_NOT_JOINED/)
  t.is((await konor(['get', 'groups'], { env: { KONOR_API_KEY: `${key()}x` } })).code, 5)
})

test('a restored backup serves its agents on, under a new timeline', async t => {
  const { home, up, agent, konor, call } = await startCluster(t)
  let central = await up()
  await konor(['apply', '-f', 'payments.yaml', '--wait'])
  const { out: token } = await konor(['token', 'create', 'payments'])
  await agent('n1', token.trim())
  t.is((await konor(['wait', 'node/n1', '--for=operating', '--timeout', '30s'])).code, 0)
  await central.stop()
  t.is((await konor(['backup', 'monday.backup', '--data', 'central'])).code, 0)
  t.is((await konor(['journal', 'verify', 'monday.backup'])).code, 0)

  central = await up()
  t.is((await konor(['config', 'set', '/teams/payments', 'rate-limit=2', '--wait'])).code, 0)
  await central.stop()
  t.not((await konor(['restore', 'monday.backup', '--data', 'central'])).code, 0)
  t.is((await konor(['restore', 'monday.backup', '--data', 'restored'])).code, 0)

  await up('restored')
  t.true((await call('/api/v1/groups')).headers.get('konor-index')?.startsWith('2-'))
  t.is(
    (await konor(['config', 'set', '/teams/payments', 'rate-limit=3', '--wait', '--timeout', '60s'])).code,
    0,
  )
  const read = () => konor(['read', 'payments', 'rate-limit', '--socket', join(home, 'n1.sock')])
  t.true(await pollUntil('the agent follows the restored central', async () => (await read()).out === '3\n'))
})

type Call = (
  path: string,
  init?: { headers?: Record<string, string>; signal?: AbortSignal },
) => Promise<Response>

/** The first `count` events after an id, as frames. */
async function eventsSince(call: Call, since: string, count: number): Promise<string[]> {
  const leave = new AbortController()
  const response = await call('/api/v1/events', { headers: { 'last-event-id': since }, signal: leave.signal })
  const decoder = new TextDecoder()
  let text = ''
  let frames: string[] = []
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const whole = text.split('\n\n').slice(0, -1)
    frames = whole.filter(frame => frame.startsWith('id:'))
    if (frames.length >= count) break
  }
  leave.abort()
  return frames.slice(0, count)
}

function idOf(frame: string | undefined): string {
  return /^id: (\S+)/.exec(frame ?? '')?.[1] ?? ''
}
