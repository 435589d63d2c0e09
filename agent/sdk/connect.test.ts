import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import type { FaultPoint } from '../../runtime/ports/fault-points.ts'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import { serveGroups, socketPath } from '../socket/testing/serve-groups.ts'
import { type ConnectInternals, type ConnectOptions, type SocketClient, connectClient } from './connect.ts'

async function client(
  t: ExecutionContext,
  socket: string,
  options: Partial<ConnectOptions> = {},
  internals: ConnectInternals = {},
): Promise<SocketClient> {
  const opened = await connectClient({ group: 'g', process: 'p', socket, settleMs: 1, ...options }, internals)
  t.teardown(() => opened.close())
  return opened
}

/** Resolves when the next change has been told. */
function nextChange(konor: SocketClient): Promise<void> {
  return new Promise(resolve => {
    const off = konor.onChange(() => {
      off()
      resolve()
    })
  })
}

test('a client reads what the agent serves, typed and with its default', async t => {
  const { path, groups } = await serveGroups(t)
  groups.activate('g', { 'rate-limit': 1000, name: 'x', list: [1], nothing: null })
  const konor = await client(t, path)
  const limit: number = konor.get('rate-limit', 100)
  t.is(limit, 1000)
  t.is(konor.get('missing', 'default'), 'default')
  t.deepEqual(konor.get('list', [0]), [1])
  t.is(konor.get('nothing', null), null)
  t.is(konor.get('constructor', 7), 7)
  t.like(konor.snapshot, { group: 'g', revision: 1, activation: 1, stale: false })
  t.deepEqual(konor.snapshot.values, { 'rate-limit': 1000, name: 'x', list: [1], nothing: null })
  t.throws(() => ((konor.snapshot.values['list'] as number[])[0] = 2))
  t.throws(() => ((konor.snapshot as { revision: number }).revision = 2))
})

test('a value of another type than the code expects gives the default', async t => {
  const { path, groups } = await serveGroups(t)
  groups.activate('g', { 'rate-limit': '1000' })
  const konor = await client(t, path)
  const warned = once(process, 'warning')
  t.is(konor.get('rate-limit', 100), 100)
  const [warning] = (await warned) as [Error]
  t.regex(warning.message, /rate-limit is of type string, the code expects number/)
  t.is(konor.get('rate-limit', undefined), '1000')
})

test('the snapshot is swapped before the listener, and applied is what the listener made of it', async t => {
  const { path, groups } = await serveGroups(t)
  groups.activate('g', { a: 1, gone: 1, same: [1] })
  const konor = await client(t, path)
  await groups.until(() => groups.acknowledgements('g').length === 1)
  const seen: unknown[] = []
  konor.onChange(async ({ previous, next, changes }) => {
    seen.push([konor.get('a', 0), previous.revision, next === konor.snapshot, changes])
    await Promise.resolve()
    if (konor.get('a', 0) === 3) throw new Error('three is too many')
  })
  groups.activate('g', { a: 2, added: true, same: [1] })
  await groups.until(() => groups.acknowledgements('g').length === 2)
  groups.activate('g', { a: 3, added: true, same: [1] })
  await groups.until(() => groups.acknowledgements('g').length === 3)
  t.deepEqual(seen, [
    [
      2,
      1,
      true,
      [
        { key: 'a', kind: 'changed', previous: 1, next: 2 },
        { key: 'added', kind: 'added', next: true },
        { key: 'gone', kind: 'removed', previous: 1 },
      ],
    ],
    [3, 2, true, [{ key: 'a', kind: 'changed', previous: 2, next: 3 }]],
  ])
  t.deepEqual(groups.acknowledgements('g'), [
    { activation: 1, phase: 'applied', outcome: 'ok' },
    { activation: 2, phase: 'applied', outcome: 'ok' },
    { activation: 3, phase: 'applied', outcome: 'rejected', reason: 'three is too many' },
  ])
})

test('a process with no listener acknowledges when the snapshot is swapped', async t => {
  const { path, groups } = await serveGroups(t)
  const konor = await client(t, path)
  groups.prepare('g', { a: 1 })
  await groups.until(() => groups.acknowledgements('g').length === 1)
  groups.activate('g', { a: 1 })
  await groups.until(() => groups.acknowledgements('g').length === 2)
  t.is(konor.get('a', 0), 1)
  t.deepEqual(
    groups.acknowledgements('g').map(({ phase, outcome }) => [phase, outcome]),
    [
      ['prepare', 'ok'],
      ['applied', 'ok'],
    ],
  )
})

test('a candidate can be turned down in two ways', async t => {
  const { path, groups } = await serveGroups(t)
  const konor = await client(t, path)
  konor.onPrepare(({ next }) => (next.values['a'] === 1 ? { reject: 'not one' } : undefined))
  konor.onPrepare(({ next }) => {
    if (next.values['a'] === 2) throw new Error('not two')
  })
  for (const a of [1, 2, 3]) {
    groups.prepare('g', { a })
    await groups.until(() => groups.acknowledgements('g').length === a)
  }
  t.deepEqual(
    groups.acknowledgements('g').map(({ reason }) => reason),
    ['not one', 'not two', undefined],
  )
  t.is(konor.snapshot.activation, 0)
})

test('a large bundle is fetched, verified and swapped as one', async t => {
  const { path, groups } = await serveGroups(t)
  const values = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`key-${index}`, 'v'.repeat(300)]),
  )
  groups.activate('g', values)
  const konor = await client(t, path)
  t.deepEqual(konor.snapshot.values, values)
  const changed = nextChange(konor)
  const second = { ...values, 'key-0': 'new' }
  groups.activate('g', second)
  await changed
  t.deepEqual(konor.snapshot.values, second)
})

test('without an agent the client is empty and stale, then fills and tells its listeners', async t => {
  const path = await socketPath(t)
  const konor = await client(t, path, { connectTimeoutMs: 1 })
  t.is(konor.get('a', 5), 5)
  t.like(konor.snapshot, { revision: 0, activation: 0, stale: true, values: {} })
  const changed = nextChange(konor)
  const { groups } = await serveGroups(t, { path })
  groups.activate('g', { a: 1 })
  await changed
  t.is(konor.get('a', 5), 1)
  await groups.until(() => groups.acknowledgements('g').length === 1)
})

test('require and refusals reject with their codes', async t => {
  const path = await socketPath(t)
  const options = { group: 'nowhere', socket: path }
  await t.throwsAsync(connectClient({ ...options, require: true, connectTimeoutMs: 1 }), {
    code: 'KONOR_SOCKET_UNREACHABLE',
  })
  await serveGroups(t, { path })
  await t.throwsAsync(connectClient(options), { code: 'KONOR_SOCKET_GROUP_UNKNOWN' })
  await t.throwsAsync(connectClient({ ...options, group: '' }), { code: 'KONOR_SOCKET_MALFORMED' })
})

test('while the agent is away the last good stays, and what was missed comes with the reconnect', async t => {
  const { path, groups, server, restart } = await serveGroups(t)
  groups.activate('g', { a: 1 })
  const konor = await client(t, path)
  await groups.until(() => groups.acknowledgements('g').length === 1)
  await server.close()
  await until(() => konor.snapshot.stale)
  t.is(konor.get('a', 0), 1)
  groups.activate('g', { a: 2 })
  const changed = nextChange(konor)
  await restart()
  await changed
  t.is(konor.get('a', 0), 2)
  t.false(konor.snapshot.stale)
  await groups.until(() => groups.acknowledgements('g').length === 2)
  t.is(groups.acknowledgements('g')[1]?.activation, 2)
})

test('an acknowledgement that was lost is given again after the reconnect', async t => {
  const { path, groups, server, restart } = await serveGroups(t)
  const konor = await client(t, path)
  let applied: () => void = () => undefined
  const applying = new Promise<void>(resolve => (applied = resolve))
  let entered: () => void = () => undefined
  const listening = new Promise<void>(resolve => (entered = resolve))
  konor.onChange(async () => {
    entered()
    await applying
    throw new Error('bad')
  })
  groups.activate('g', { a: 1 })
  await listening
  await server.close()
  await until(() => konor.snapshot.stale)
  applied()
  await restart()
  await groups.until(() => groups.acknowledgements('g').length === 1)
  t.deepEqual(groups.acknowledgements('g'), [
    { activation: 1, phase: 'applied', outcome: 'rejected', reason: 'bad' },
  ])
})

test('stale and fresh are seen, close says bye, abandon does not', async t => {
  const { path, groups } = await serveGroups(t)
  groups.activate('g', { a: 1 })
  const konor = await client(t, path)
  groups.setStale('g', 1)
  await until(() => konor.snapshot.stale)
  groups.setStale('g', undefined)
  await until(() => !konor.snapshot.stale)
  await konor.close()
  await konor.close()
  t.is(groups.count('bye'), 1)
  t.is(konor.get('a', 0), 1)
  const dying = await client(t, path)
  await dying.abandon()
  await groups.until(() => groups.count('disconnected') === 1)
})

test('the fault points around an acknowledgement are passed', async t => {
  const { path, groups } = await serveGroups(t)
  const hits: FaultPoint[] = []
  await client(t, path, {}, { faults: { hit: point => void hits.push(point) } })
  groups.activate('g', { a: 1 })
  await groups.until(() => groups.acknowledgements('g').length === 1)
  t.deepEqual(hits, ['process.before-ack', 'process.after-ack'])
})

function until(condition: () => boolean): Promise<true> {
  return pollUntil('the client shows it', condition)
}
