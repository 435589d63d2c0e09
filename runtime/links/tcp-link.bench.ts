import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Link } from './link.ts'
import { createKeyPair } from './secret-stream.ts'
import { createTcpTransport } from './tcp-link.ts'

// What one link costs a server: `node --expose-gc build/runtime/links/tcp-link.bench.js [LINKS]` prints one JSON line.
// Clients live in another process, so that the memory is the server's alone.

const ROUND_TRIPS = 60_000
const MESSAGE_BYTES = 200
const serverKeys = createKeyPair(new Uint8Array(32).fill(1))

if (process.argv[2] === 'clients') await runClients(process.argv[3] ?? '', Number(process.argv[4]))
else await runServer(Number(process.argv[2] ?? 1_000))

async function runServer(links: number): Promise<void> {
  const server = await createTcpTransport().listen({
    address: '127.0.0.1:0',
    keyPair: serverKeys,
    connectionsMax: links * 2,
    handshakeTimeoutMs: 30_000,
    onLink: link => ({ onMessage: message => void link.send(message) }),
  })
  // The first links also pay for code and pools that are there once: they are not counted.
  const warmUp = await clients(server.address, 50)
  const before = measure()
  const startedMs = performance.now()
  const crowd = await clients(server.address, links)
  const handshakesMs = performance.now() - startedMs
  const after = measure()
  const roundTripsPerSecond = await ask(warmUp, 'round-trips')
  const result = {
    links,
    rssBytesPerLink: Math.round((after.rss - before.rss) / links),
    heapBytesPerLink: Math.round((after.heapUsed - before.heapUsed) / links),
    externalBytesPerLink: Math.round((after.external - before.external) / links),
    handshakesPerSecond: Math.round(links / (handshakesMs / 1_000)),
    roundTripsPerSecond,
    messageBytes: MESSAGE_BYTES,
  }
  console.log(JSON.stringify(result))
  for (const child of [warmUp, crowd]) child.kill('SIGKILL')
  await server.close()
}

function measure(): NodeJS.MemoryUsage {
  for (let pass = 0; pass < 4; pass++) globalThis.gc?.()
  return process.memoryUsage()
}

type Clients = ReturnType<typeof fork>

async function clients(address: string, count: number): Promise<Clients> {
  const child = fork(new URL(import.meta.url), ['clients', address, String(count)])
  await once(child, 'message')
  return child
}

async function ask(child: Clients, what: string): Promise<number> {
  const answered = once(child, 'message') as Promise<[number]>
  child.send(what)
  return (await answered)[0]
}

async function runClients(address: string, count: number): Promise<void> {
  const keyPair = createKeyPair()
  let onMessage: (link: Link) => void = () => {}
  const links: Link[] = []
  for (let index = 0; index < count; index++) {
    const answered = new Promise<void>(resolve => (onMessage = () => resolve()))
    const link = await createTcpTransport().dial({
      address,
      keyPair,
      remotePublicKey: serverKeys.publicKey,
      timeoutMs: 30_000,
      handler: link => ({ onMessage: () => onMessage(link) }),
    })
    links.push(link)
    link.send(new Uint8Array(MESSAGE_BYTES))
    await answered
  }
  process.send?.('up')
  await once(process, 'message')
  const startedMs = performance.now()
  await new Promise<void>(resolve => {
    let left = ROUND_TRIPS
    onMessage = link => {
      if (--left === 0) resolve()
      else link.send(new Uint8Array(MESSAGE_BYTES))
    }
    // Each link has one message under way: what a fleet of agents looks like.
    for (const link of links) link.send(new Uint8Array(MESSAGE_BYTES))
  })
  process.send?.(Math.round(ROUND_TRIPS / ((performance.now() - startedMs) / 1_000)))
}
