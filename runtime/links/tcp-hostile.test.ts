import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { pollUntil } from '../../simulations/kit/poll-until.ts'
import * as fc from 'fast-check'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import type { Link, LinkServer, ListenOptions } from './link.ts'
import { parseLinkAddress } from './link-address.ts'
import { createKeyPair, createSecretStream, type RawStream, type SecretStream } from './secret-stream.ts'
import { createTcpTransport } from './tcp-link.ts'
import type { TcpLimits } from './tcp-limits.ts'

const serverKeys = createKeyPair()
const clientKeys = createKeyPair()

interface Hosted {
  readonly server: LinkServer
  /** Links that the server opened, and what ended them, in order. */
  readonly links: Link[]
  readonly ends: (Error | undefined)[]
  readonly received: Uint8Array[]
}

async function host(
  t: ExecutionContext,
  options: Partial<ListenOptions> = {},
  limits: Partial<TcpLimits> = {},
): Promise<Hosted> {
  const hosted = { links: [] as Link[], ends: [] as (Error | undefined)[], received: [] as Uint8Array[] }
  const server = await createTcpTransport(limits).listen({
    address: '127.0.0.1:0',
    keyPair: serverKeys,
    connectionsMax: 1_000,
    handshakeTimeoutMs: 60_000,
    onLink(link) {
      hosted.links.push(link)
      void link.closed.then(reason => hosted.ends.push(reason))
      return {
        onMessage(message) {
          hosted.received.push(message)
          link.send(message)
        },
      }
    },
    ...options,
  })
  t.teardown(() => server.close())
  return { server, ...hosted }
}

function raw(t: ExecutionContext, address: string): Socket {
  const socket = connect(parseLinkAddress(address))
  socket.on('error', () => {})
  socket.resume()
  t.teardown(() => void socket.destroy())
  return socket
}

function dial(
  address: string,
  handler: (message: Uint8Array) => void = () => {},
  timeoutMs = 60_000,
): Promise<Link> {
  return createTcpTransport().dial({
    address,
    keyPair: clientKeys,
    remotePublicKey: serverKeys.publicKey,
    timeoutMs,
    handler: () => ({ onMessage: handler }),
  })
}

/** An honest client comes, speaks, is answered and goes. */
async function assertServes(t: ExecutionContext, address: string): Promise<void> {
  let take: (message: Uint8Array) => void = () => {}
  const answered = new Promise<Uint8Array>(resolve => (take = resolve))
  const link = await dial(address, message => take(message))
  link.send(Uint8Array.of(1, 2, 3))
  t.deepEqual([...(await answered)], [1, 2, 3])
  link.close()
  await link.closed
}

/** A peer that holds a valid key, ends its handshake, and then may write what it likes. */
async function shaken(
  t: ExecutionContext,
  address: string,
): Promise<{ socket: Socket; stream: SecretStream }> {
  const socket = raw(t, address)
  await once(socket, 'connect')
  const stream = createSecretStream(true, socket as unknown as RawStream, {
    pattern: 'IK',
    keyPair: clientKeys,
    remotePublicKey: serverKeys.publicKey,
    enableSend: false,
  })
  stream.on('error', () => {})
  await new Promise<void>(resolve => stream.on('connect', resolve))
  return { socket, stream }
}

async function until(condition: () => boolean): Promise<void> {
  await pollUntil('the condition holds', condition)
}

/** Resolves when the connection is over, however it ended. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise(resolve => void socket.once('close', () => resolve()))
}

/** The code that ended the `count`th link of the server. */
async function endOf({ ends }: Hosted, count = 1): Promise<string | undefined> {
  await until(() => ends.length >= count)
  const reason = ends[count - 1]
  return isKonorError(reason) ? reason.code : reason?.message
}

test('silence and slow drops of bytes are closed when the time for the handshake is over', async t => {
  const { server, links } = await host(t, { handshakeTimeoutMs: 60 })
  const silent = raw(t, server.address)
  const slow = raw(t, server.address)
  const drops = setInterval(() => slow.write(Uint8Array.of(96)), 5)
  t.teardown(() => clearInterval(drops))
  // The header says 96 bytes; each byte after it would refresh an idle timer.
  slow.write(Uint8Array.of(96, 0, 0))
  await Promise.all([closeOf(silent), closeOf(slow)])
  await until(() => server.connections === 0)
  t.deepEqual(links, [])
})

test('whatever bytes a stranger sends, it is closed, opens nothing, and honest clients are served', async t => {
  const hosted = await host(t)
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // A request of the right size that no key made, and a cut one.
    fc.uint8Array({ minLength: 96, maxLength: 96 }).map(body => Uint8Array.of(96, 0, 0, ...body)),
    fc.uint8Array({ maxLength: 95 }).map(body => Uint8Array.of(96, 0, 0, ...body)),
    fc.constant(Uint8Array.from(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))),
  )
  await fc.assert(
    fc.asyncProperty(junk, fc.nat(300), async (bytes, cut) => {
      const socket = raw(t, hosted.server.address)
      const closed = closeOf(socket)
      await once(socket, 'connect')
      socket.write(bytes.subarray(0, cut))
      socket.end(bytes.subarray(cut))
      await closed
    }),
    { numRuns: 150 },
  )
  await until(() => hosted.server.connections === 0)
  t.deepEqual(hosted.links, [])
  await assertServes(t, hosted.server.address)
})

test('a first length of 16 MiB is answered by closing, before any more is read', async t => {
  const { server, links } = await host(t)
  const socket = raw(t, server.address)
  const closed = closeOf(socket)
  socket.write(Uint8Array.of(255, 255, 255))
  await closed
  t.is(socket.bytesWritten, 3)
  t.deepEqual(links, [])
})

test('a peer with a key cannot announce, forge or shorten a message', async t => {
  const cases = [
    { bytes: Uint8Array.of(255, 255, 255), code: 'KONOR_LINK_OVERSIZED' },
    { bytes: Uint8Array.of(5, 0, 0, 1, 2, 3, 4, 5), code: 'KONOR_LINK_MALFORMED' },
    { bytes: Uint8Array.of(20, 0, 0, ...new Uint8Array(20)), code: 'KONOR_LINK_BROKEN' },
  ]
  const hosted = await host(t)
  for (const [index, { bytes, code }] of cases.entries()) {
    const { socket, stream } = await shaken(t, hosted.server.address)
    stream.write(Uint8Array.of(0))
    await until(() => hosted.links.length === index + 1)
    socket.write(bytes)
    t.is(await endOf(hosted, index + 1), code)
  }
  t.deepEqual(hosted.received, [])
  await assertServes(t, hosted.server.address)
})

test('a peer that speaks without confirming its key, or in a kind that is none, opens no link', async t => {
  const hosted = await host(t)
  for (const kind of [1, 2]) {
    const { socket, stream } = await shaken(t, hosted.server.address)
    const closed = closeOf(socket)
    stream.write(Uint8Array.of(kind, 9))
    await closed
  }
  t.deepEqual(hosted.links, [])
  const { stream } = await shaken(t, hosted.server.address)
  stream.write(Uint8Array.of(0))
  stream.write(Uint8Array.of(7, 9))
  t.is(await endOf(hosted), 'KONOR_LINK_MALFORMED')
})

test('a recorded conversation that is played again opens no link', async t => {
  const hosted = await host(t)
  const said: Uint8Array[] = []
  const proxy = await relay(t, hosted.server.address, bytes => (said.push(bytes.slice()), bytes))
  await assertServes(t, proxy)
  t.is(hosted.links.length, 1)
  const socket = raw(t, hosted.server.address)
  const closed = closeOf(socket)
  socket.write(Buffer.concat(said))
  await closed
  await until(() => hosted.server.connections === 0)
  t.is(hosted.links.length, 1)
})

test('a bit that changes on the way breaks the link and delivers nothing false', async t => {
  const hosted = await host(t)
  let flip = false
  const proxy = await relay(t, hosted.server.address, bytes => {
    if (!flip) return bytes
    const changed = bytes.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    return changed
  })
  const link = await dial(proxy)
  await until(() => hosted.links.length === 1)
  flip = true
  link.send(new Uint8Array(100).fill(7))
  t.is(await endOf(hosted), 'KONOR_LINK_BROKEN')
  await link.closed
  t.deepEqual(hosted.received, [])
})

test('a message that is begun and not finished is given up after its time', async t => {
  const hosted = await host(t, {}, { frameTimeoutMs: 40 })
  const { socket, stream } = await shaken(t, hosted.server.address)
  stream.write(Uint8Array.of(0))
  await until(() => hosted.links.length === 1)
  socket.write(Uint8Array.of(0, 4, 0, 1, 2, 3))
  t.is(await endOf(hosted), 'KONOR_LINK_STALLED')
})

test('unfinished messages of all peers share one bound', async t => {
  const hosted = await host(t, {}, { unfinishedBytesMax: 600_000 })
  for (let peer = 0; peer < 3; peer++) {
    const { socket, stream } = await shaken(t, hosted.server.address)
    stream.write(Uint8Array.of(0))
    await until(() => hosted.links.length === peer + 1)
    // 250,000 bytes announced, little-endian, and one sent.
    socket.write(Uint8Array.of(0x90, 0xd0, 0x03, 1))
  }
  t.is(await endOf(hosted), 'KONOR_LINK_BUSY')
  t.is(hosted.ends.length, 1)
  t.is(hosted.server.connections, 2)
  await assertServes(t, hosted.server.address)
})

test('a connection cut within a message, or reset, is a broken link', async t => {
  const hosted = await host(t)
  const cut = await shaken(t, hosted.server.address)
  cut.stream.write(Uint8Array.of(0))
  await until(() => hosted.links.length === 1)
  cut.socket.end(Uint8Array.of(30, 0, 0, 1))
  t.is(await endOf(hosted), 'KONOR_LINK_BROKEN')
  const reset = await shaken(t, hosted.server.address)
  reset.stream.write(Uint8Array.of(0))
  await until(() => hosted.links.length === 2)
  reset.socket.resetAndDestroy()
  t.is(await endOf(hosted, 2), 'KONOR_LINK_BROKEN')
})

test('past the bound of handshakes the oldest makes room, and an honest client comes in', async t => {
  const { server } = await host(t, {}, { handshakesMax: 8 })
  const crowd = Array.from({ length: 20 }, () => raw(t, server.address))
  const closed = crowd.slice(0, 12).map(socket => closeOf(socket))
  await Promise.all(crowd.map(socket => once(socket, 'connect')))
  await Promise.all(closed)
  await until(() => server.connections === 8)
  await assertServes(t, server.address)
})

test('when every place is taken by strangers, honest clients take them back', async t => {
  const { server } = await host(t, { connectionsMax: 4 })
  const crowd = Array.from({ length: 4 }, () => raw(t, server.address))
  await Promise.all(crowd.map(socket => once(socket, 'connect')))
  await until(() => server.connections === 4)
  const links = [await dial(server.address), await dial(server.address), await dial(server.address)]
  t.is(server.connections, 4)
  for (const link of links) t.true(link.send(Uint8Array.of(1)))
})

test('a crowd of another process that never finishes a handshake stops nobody', async t => {
  const size = 700
  const connectionsMax = 400
  const { server } = await host(t, { connectionsMax }, { handshakesMax: 300 })
  const { port } = parseLinkAddress(server.address)
  const script = `
    const net = require('node:net')
    let open = 0
    for (let i = 0; i < ${size}; i++) {
      const socket = net.connect(${port}, '127.0.0.1', () => {
        if (i % 2) socket.write(Buffer.from([96, 0, 0, i & 255]))
        if (++open === ${size}) console.log('all')
      })
      socket.on('error', () => {})
    }`
  const crowd = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(crowd, 'exit')
  t.teardown(async () => {
    crowd.kill('SIGKILL')
    await ended
  })
  const inTheRush = assertServes(t, server.address)
  await once(crowd.stdout, 'data')
  await inTheRush
  for (let client = 0; client < 20; client++) {
    await assertServes(t, server.address)
    t.true(server.connections <= connectionsMax)
  }
})

test('a dialler tells a foreign server, a silent one, a closing one and a wrong address apart', async t => {
  const foreign = await bare(t, socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await t.throwsAsync(dial(foreign), { code: 'KONOR_LINK_WRONG_PEER' })
  const silent = await bare(t, () => {})
  await t.throwsAsync(
    dial(silent, () => {}, 50),
    { code: 'KONOR_LINK_TIMEOUT' },
  )
  const closing = await bare(t, socket => void socket.end())
  await t.throwsAsync(dial(closing), { code: 'KONOR_LINK_REFUSED' })
  const resetting = await bare(t, socket => void socket.resetAndDestroy())
  await t.throwsAsync(dial(resetting), { code: 'KONOR_LINK_REFUSED' })
  await t.throwsAsync(dial('nowhere'), { code: 'KONOR_LINK_ADDRESS' })
})

async function bare(t: ExecutionContext, onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    socket.resume()
    t.teardown(() => void socket.destroy())
    onSocket(socket)
  })
  return listening(t, server)
}

/** Passes everything on, what the client says through `change`. */
async function relay(
  t: ExecutionContext,
  to: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<string> {
  const server = createServer(near => {
    const far = connect(parseLinkAddress(to))
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => other.destroy())
    }
    near.on('data', bytes => far.write(change(bytes)))
    near.on('end', () => far.end())
    far.pipe(near)
  })
  return listening(t, server)
}

async function listening(t: ExecutionContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}
