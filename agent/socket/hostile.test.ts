import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import * as fc from 'fast-check'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { FRAME_BODY_MAX_BYTES, frameOf } from './frame.ts'
import { OUTBOUND_MAX_BYTES, OUTBOUND_PAUSE_BYTES, SNAPSHOT_PIECE_MAX_BYTES } from './socket-limits.ts'
import { parseRequest } from './socket-messages.ts'
import { RawClient } from './testing/raw-client.ts'
import { type ServedGroups, serveGroups } from './testing/serve-groups.ts'

type Fields = Readonly<Record<string, CborValue>>

/** An honest process that is connected before and asked after everything else. */
async function honest({ path, groups }: ServedGroups): Promise<() => Promise<boolean>> {
  groups.activate('g', { a: 1 })
  const client = await RawClient.open(path)
  client.hello([{ group: 'g' }], { instance: 'honest' })
  await client.next()
  return async () => (await client.ask({ id: 9, op: 'get', group: 'g', key: 'a' }))['value'] === 1
}

const HELLO = {
  id: 1,
  op: 'hello',
  protocol: [1, 1],
  process: 'p',
  instance: 'i',
  pid: 1,
  groups: [{ group: 'g' }],
}
const VALID: readonly Fields[] = [
  { ...HELLO, prepare: true },
  { id: 2, op: 'get', group: 'g', key: 'a' },
  { id: 3, op: 'snapshot', group: 'g', activation: 1, offset: 0 },
  { id: 4, op: 'ack', group: 'g', activation: 1, phase: 'applied', outcome: 'rejected', reason: 'x' },
  { id: 5, op: 'ping' },
]

const anything = fc.letrec<{ value: CborValue }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<CborValue>(null, true, false, 0, -1, 1.5, 2 ** 53 - 1, '', 'hello', 'g'),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('id', 'op', 'group', 'key'), tie('value'), { maxKeys: 4 }),
  ),
})).value

test('a request with any field of any type is read or refused with a code', t => {
  const spoiled = fc
    .constantFrom(...VALID)
    .chain(valid =>
      fc
        .tuple(fc.constantFrom(...Object.keys(valid)), anything)
        .map(([field, value]) => ({ ...valid, [field]: value })),
    )
  fc.assert(
    fc.property(fc.oneof(spoiled, anything), message => {
      try {
        t.truthy(parseRequest(encodeCanonical(message)).op)
      } catch (thrown) {
        t.true(isKonorError(thrown, 'KONOR_SOCKET_MALFORMED'))
      }
    }),
    { numRuns: 2_000 },
  )
})

test('whatever bytes come, before or after hello, they harm only their own connection', async t => {
  const served = await serveGroups(t)
  const answers = await honest(served)
  const noise = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map(frameOf),
    anything.map(value => frameOf(encodeCanonical(value))),
    fc.constantFrom(...VALID).chain(valid => {
      const whole = frameOf(encodeCanonical(valid))
      return fc.nat(whole.length).map(length => whole.subarray(0, length))
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(noise, { minLength: 1, maxLength: 5 }),
      async (greets, pieces) => {
        const client = await RawClient.open(served.path)
        if (greets) client.send(HELLO)
        for (const piece of pieces) client.socket.write(piece)
        client.socket.end()
        // Errors are coded; the answers to what was valid are maps with ok. Either way the connection ends.
        await client.ended()
        for (const frame of client.received) {
          if (frame['ok'] === false) t.regex(String((frame['error'] as Fields)['code']), /^KONOR_/)
        }
        t.true(await answers())
      },
    ),
    { numRuns: 150 },
  )
  t.is(served.server.bufferedBytes(), 0)
})

test('a frame beyond the bound is refused at its header, also while it is still being sent', async t => {
  const served = await serveGroups(t)
  const answers = await honest(served)
  const header = Buffer.alloc(4)
  header.writeUInt32BE(FRAME_BODY_MAX_BYTES + 1)
  const claiming = await RawClient.open(served.path)
  claiming.socket.write(header)
  t.is(await claiming.refusal(), 'KONOR_SOCKET_FRAME_TOO_LARGE')
  const sending = await RawClient.open(served.path)
  sending.socket.write(Buffer.concat([header, Buffer.alloc(FRAME_BODY_MAX_BYTES + 1)]))
  t.is(await sending.refusal(), 'KONOR_SOCKET_FRAME_TOO_LARGE')
  t.true(await answers())
})

test('the largest frame is read, a byte at a time is read too', async t => {
  const { path } = await serveGroups(t)
  const large = await RawClient.open(path)
  large.hello([], { padding: 'x'.repeat(FRAME_BODY_MAX_BYTES - 1_000) })
  t.like(await large.next(), { id: 1, ok: true })
  const slow = await RawClient.open(path)
  for (const byte of frameOf(encodeCanonical(HELLO))) slow.socket.write(Uint8Array.of(byte))
  t.like(await slow.next(), { id: 1, ok: true })
})

test('what is out of order ends its connection', async t => {
  const served = await serveGroups(t)
  const answers = await honest(served)
  for (const early of VALID.slice(1)) {
    const client = await RawClient.open(served.path)
    client.send(early)
    t.is(await client.refusal(), 'KONOR_SOCKET_OUT_OF_ORDER')
    t.like(client.received[0], { id: early['id'], ok: false })
  }
  const twice = await RawClient.open(served.path)
  twice.send(HELLO)
  await twice.next()
  twice.send({ ...HELLO, id: 2 })
  t.is(await twice.refusal(), 'KONOR_SOCKET_OUT_OF_ORDER')
  const newer = await RawClient.open(served.path)
  newer.send({ ...HELLO, protocol: [2, 3] })
  t.is(await newer.refusal(), 'KONOR_SOCKET_PROTOCOL_UNSUPPORTED')
  await served.groups.until(() => served.groups.count('disconnected') === 1)
  t.true(await answers())
})

test('who does not read is closed, and the others get every change', async t => {
  const { path, groups } = await serveGroups(t)
  const lazy = await RawClient.open(path)
  lazy.hello([{ group: 'g' }], { instance: 'lazy' })
  await lazy.next()
  lazy.socket.pause()
  const eager = await RawClient.open(path)
  eager.hello([{ group: 'g' }], { instance: 'eager' })
  await eager.next()
  const text = 'x'.repeat(200_000)
  for (let change = 0; change * text.length < 2 * OUTBOUND_MAX_BYTES; change++) {
    const activation = groups.activate('g', { text, change })
    t.like(await eager.next(), { event: 'change', activation })
  }
  await groups.until(() => groups.count('disconnected') === 1)
  lazy.socket.resume()
  t.is(await lazy.refusal(), 'KONOR_SOCKET_SLOW_READER')
})

test('who asks faster than it reads is made to wait, and gets every answer in order', async t => {
  const { path, groups, server } = await serveGroups(t)
  groups.activate('g', { text: 'x'.repeat(SNAPSHOT_PIECE_MAX_BYTES) })
  const client = await RawClient.open(path)
  client.hello()
  await client.next()
  client.socket.pause()
  const COUNT = 40
  for (let id = 2; id < 2 + COUNT; id++) client.send({ id, op: 'snapshot', group: 'g' })
  const other = await RawClient.open(path)
  other.hello([], { instance: 'other' })
  t.like(await other.next(), { ok: true })
  t.true(server.bufferedBytes() < OUTBOUND_PAUSE_BYTES + 2 * SNAPSHOT_PIECE_MAX_BYTES)
  client.socket.resume()
  for (let id = 2; id < 2 + COUNT; id++) t.like(await client.next(), { id, ok: true })
})

// Alone, because it looks at the memory of the whole process.
test.serial('a crowd from another process meets the bound, honest clients go on, memory stays', async t => {
  const served = await serveGroups(t, { connectionsMax: 512 })
  const answers = await honest(served)
  const beforeBytes = process.memoryUsage().rss
  const script = fileURLToPath(new URL('./testing/crowd-process.js', import.meta.url))
  const crowd = spawn(process.execPath, [script, served.path, '1000'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => crowd.kill('SIGKILL'))
  let told = { decided: 0, refusals: {} as Record<string, number> }
  for await (const line of createInterface({ input: crowd.stdout })) {
    told = JSON.parse(line) as typeof told
    if (told.decided === 1_000 - 511) break
  }
  t.deepEqual(told.refusals, { KONOR_SOCKET_CONNECTIONS_FULL: 1_000 - 511 })
  t.is(served.server.connections(), 512)
  t.true(await answers())
  t.true(served.server.bufferedBytes() < 64 * 1024)
  t.true(process.memoryUsage().rss - beforeBytes < 128 * 1024 * 1024)
  const refused = await RawClient.open(served.path)
  t.is(await refused.refusal(), 'KONOR_SOCKET_CONNECTIONS_FULL')
  crowd.kill('SIGKILL')
  await once(crowd, 'exit')
  t.true(await answers())
})
