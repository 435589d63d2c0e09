import { spawn } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import test from 'ava'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { digestOf, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { SNAPSHOT_PIECE_MAX_BYTES } from './socket-limits.ts'
import { RawClient } from './testing/raw-client.ts'
import { serveGroups, socketPath } from './testing/serve-groups.ts'

type Fields = Readonly<Record<string, CborValue>>

test('hello tells the state with its values, get answers a key', async t => {
  const { path, groups, server } = await serveGroups(t)
  groups.activate('g', { a: 1, b: [true, { c: 'x' }] })
  const client = await RawClient.open(path)
  client.hello([{ group: 'g' }])
  const state = { revision: 1, digest: digestOf({ a: 1, b: [true, { c: 'x' }] }), activation: 1 }
  t.like(await client.next(), {
    id: 1,
    ok: true,
    protocol: 1,
    node: 'n1',
    groups: { g: { ...state, stale: false, owesAck: true, values: { a: 1, b: [true, { c: 'x' }] } } },
  })
  t.deepEqual(await client.ask({ id: 'x', op: 'get', group: 'g', key: 'b' }), {
    id: 'x',
    ok: true,
    revision: 1,
    found: true,
    value: [true, { c: 'x' }],
  })
  t.like(await client.ask({ id: 3, op: 'get', group: 'g', key: 'none' }), {
    id: 3,
    found: false,
    value: null,
  })
  t.is(server.connections(), 1)
  t.deepEqual(await client.ask({ id: 4, op: 'bye', unknown: 'is ignored' }), { id: 4, ok: true })
  await client.ended()
  t.is(groups.count('bye'), 1)
  t.is(groups.count('disconnected'), 0)
})

test('a change is pushed whole, and its acknowledgement reaches the group', async t => {
  const { path, groups } = await serveGroups(t)
  const client = await RawClient.open(path)
  client.hello([{ group: 'g' }], { prepare: true })
  t.like(await client.next(), { groups: { g: { revision: 0, activation: 0, stale: true, values: {} } } })
  groups.prepare('g', { a: 1 })
  t.like(await client.next(), { event: 'prepare', group: 'g', activation: 1, values: { a: 1 } })
  t.like(await client.ask(ack(2, 1, 'prepare')), { id: 2, ok: true })
  groups.activate('g', { a: 1 })
  t.like(await client.next(), { event: 'change', group: 'g', activation: 1, owesAck: true, values: { a: 1 } })
  const rejected = { ...ack(3, 1, 'applied'), outcome: 'rejected', reason: 'no' }
  t.like(await client.ask(rejected), { id: 3, ok: true })
  t.like(await client.ask(ack(4, 9, 'applied')), {
    id: 4,
    ok: false,
    error: { code: 'KONOR_SOCKET_STALE_ACK' },
  })
  t.deepEqual(groups.acknowledgements('g'), [
    { activation: 1, phase: 'prepare', outcome: 'ok' },
    { activation: 1, phase: 'applied', outcome: 'rejected', reason: 'no' },
  ])
  groups.setStale('g', 1234)
  t.deepEqual(await client.next(), { event: 'stale', group: 'g', since: 1234 })
  groups.setStale('g', undefined)
  t.deepEqual(await client.next(), { event: 'fresh', group: 'g' })
})

test('a large bundle comes in pieces of one generation, also across a change', async t => {
  const { path, groups } = await serveGroups(t)
  const large = { text: 'x'.repeat(2 * SNAPSHOT_PIECE_MAX_BYTES), tail: 1 }
  groups.activate('g', large)
  const client = await RawClient.open(path)
  client.hello([{ group: 'g', observe: true }])
  const hello = await client.next()
  t.false('values' in ((hello['groups'] as Fields)['g'] as Fields))
  const pieces: Uint8Array[] = []
  let offset = 0
  for (let last = false; !last;) {
    const piece = await client.ask({ id: 2, op: 'snapshot', group: 'g', offset })
    if (piece['event'] === 'change') continue
    t.like(piece, { ok: true, revision: 1, activation: 1, digest: digestOf(large), offset })
    pieces.push(piece['bytes'] as Uint8Array)
    offset += (piece['bytes'] as Uint8Array).length
    last = piece['last'] === true
    if (offset === SNAPSHOT_PIECE_MAX_BYTES) {
      groups.activate('g', { small: 1 })
      t.like(await client.next(), { event: 'change', activation: 2 })
    }
  }
  t.is(digestOfBytes(Buffer.concat(pieces)), digestOf(large))
  t.deepEqual(decodeCanonical(Buffer.concat(pieces)), large)
  t.like(await client.ask({ id: 3, op: 'snapshot', group: 'g', activation: 1, offset }), { last: true })
  const beyond = { id: 4, op: 'snapshot', group: 'g', activation: 1, offset: offset + 1 }
  t.like(await client.ask(beyond), { error: { code: 'KONOR_SOCKET_OFFSET_INVALID' } })
  const gone = { id: 5, op: 'snapshot', group: 'g', activation: 77 }
  t.like(await client.ask(gone), { error: { code: 'KONOR_SOCKET_ACTIVATION_UNKNOWN' } })
  t.like(await client.ask({ id: 6, op: 'get', group: 'g', key: 'small' }), { revision: 2, value: 1 })
})

test('a value that fits in no frame points to snapshot', async t => {
  const { path, groups } = await serveGroups(t)
  groups.activate('g', { big: 'x'.repeat(3 * 1024 * 1024) })
  const client = await RawClient.open(path)
  client.hello()
  await client.next()
  const answer = await client.ask({ id: 2, op: 'get', group: 'g', key: 'big' })
  t.like(answer, { id: 2, ok: false, error: { code: 'KONOR_SOCKET_VALUE_TOO_LARGE' } })
})

test('an unknown group says how to join and hello may be said again', async t => {
  const { path, groups } = await serveGroups(t)
  const client = await RawClient.open(path)
  client.hello([{ group: 'g' }, { group: 'other' }])
  const refusal = await client.next()
  t.like(refusal, { id: 1, ok: false, error: { code: 'KONOR_SOCKET_GROUP_UNKNOWN' } })
  t.regex(String((refusal['error'] as Fields)['message']), /konor token create other/)
  t.is(groups.count('registered'), 0)
  client.hello([{ group: 'g' }])
  t.like(await client.next(), { id: 1, ok: true })
  t.like(await client.ask({ id: 2, op: 'get', group: 'other', key: 'k' }), { ok: false })
  t.like(await client.ask(ack(3, 1, 'applied', 'other')), { error: { code: 'KONOR_SOCKET_NOT_REGISTERED' } })
  t.like(await client.ask({ id: 4, op: 'dance' }), { id: 4, error: { code: 'KONOR_SOCKET_OP_UNKNOWN' } })
  t.like(await client.ask({ id: 5, op: 'ping' }), { id: 5, ok: true })
})

test('too many groups in one hello are refused before any is registered', async t => {
  const { path, groups } = await serveGroups(t)
  const names = Array.from({ length: 65 }, (_, index) => `g${index}`)
  groups.join(...names)
  const client = await RawClient.open(path)
  client.hello(names.map(group => ({ group })))
  t.like(await client.next(), { error: { code: 'KONOR_SOCKET_REGISTRATIONS_FULL' } })
  client.hello(names.slice(0, 64).map(group => ({ group })))
  t.like(await client.next(), { ok: true })
  t.is(groups.count('registered'), 64)
})

test('a connection that breaks without bye is told to its groups', async t => {
  const { path, groups } = await serveGroups(t)
  const client = await RawClient.open(path)
  client.hello([{ group: 'g' }])
  await client.next()
  client.socket.destroy()
  await groups.until(() => groups.count('disconnected') === 1)
  t.is(groups.registered('g'), 0)
})

test('the same instance takes its registrations over; another instance has its own', async t => {
  const { path, groups } = await serveGroups(t)
  groups.join('h')
  const both = [{ group: 'g' }, { group: 'h' }]
  const first = await RawClient.open(path)
  first.hello(both)
  await first.next()
  const other = await RawClient.open(path)
  other.hello(both, { instance: 'j' })
  await other.next()
  const second = await RawClient.open(path)
  second.hello(both)
  t.like(await second.next(), { ok: true })
  t.is(await first.refusal(), 'KONOR_SOCKET_SUPERSEDED')
  await first.ended()
  t.is(groups.count('disconnected'), 0)
  groups.activate('g', { a: 1 })
  t.like(await second.next(), { event: 'change', activation: 1 })
  t.like(await other.next(), { event: 'change', activation: 1 })
})

test('a stopping agent tells its processes and does not count them as dead', async t => {
  const { path, groups, server } = await serveGroups(t)
  const client = await RawClient.open(path)
  client.hello([{ group: 'g' }])
  await client.next()
  await server.close()
  t.is(await client.refusal(), 'KONOR_SOCKET_CLOSING')
  t.is(groups.count('disconnected'), 0)
  t.false(existsSync(path))
})

test('the socket has mode 0660, one agent serves it, a dead one is replaced', async t => {
  const { path, restart, server } = await serveGroups(t)
  t.is(statSync(path).mode & 0o777, 0o660)
  await t.throwsAsync(restart(), { code: 'KONOR_SOCKET_IN_USE' })
  await server.close()
  await leaveDeadSocket(path)
  t.true(existsSync(path))
  await restart()
  const client = await RawClient.open(path)
  client.hello()
  t.like(await client.next(), { ok: true })
})

test('a path that cannot be a socket is refused and left alone', async t => {
  const path = await socketPath(t)
  writeFileSync(path, 'mine')
  await t.throwsAsync(serveGroups(t, { path }), { code: 'KONOR_SOCKET_PATH_INVALID' })
  t.is(statSync(path).size, 4)
  await t.throwsAsync(serveGroups(t, { path: `${path}-none/a.sock` }), { code: 'KONOR_SOCKET_PATH_INVALID' })
  await t.throwsAsync(serveGroups(t, { path: `${path}${'x'.repeat(100)}` }), {
    code: 'KONOR_SOCKET_PATH_INVALID',
  })
})

/** Leaves a socket file behind that nobody listens at, as a killed agent does. */
async function leaveDeadSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', script])
  await new Promise(resolve => child.once('exit', resolve))
}

function ack(id: number, activation: number, phase: string, group = 'g'): Fields {
  return { id, op: 'ack', group, activation, phase, outcome: 'ok' }
}
