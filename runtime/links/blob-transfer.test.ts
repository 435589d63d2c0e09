import test from 'ava'
import * as fc from 'fast-check'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import {
  BLOB_TRANSFERS_MAX,
  BLOB_TRANSFERS_WAITING_MAX,
  BLOB_WINDOW_CHUNKS,
  createBlobFetcher,
} from './blob-fetcher.ts'
import { createBlobServer, LINK_FETCHES_MAX } from './blob-server.ts'
import { LINK_CHUNK_BYTES, type Link } from './link.ts'
import { decodeAgentMessage, decodeCentralMessage } from './link-codec.ts'
import { createMemoryTransport } from './memory-link.ts'
import type { CentralMessage, FetchMessage } from './protocol.ts'
import { createKeyPair } from './secret-stream.ts'

const keyPair = createKeyPair(new Uint8Array(32).fill(9))

function blobOf(sizeBytes: number): { bytes: Uint8Array; digest: Digest } {
  const bytes = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at++) bytes[at] = (at * 7 + (at >> 8)) & 0xff
  return { bytes, digest: digestOfBytes(bytes) }
}

/** A fetcher and a server with memory links between them; `cutAfter` ends a link after that many chunks. */
async function createWorld(blobs: readonly Uint8Array[], cutAfter: readonly number[] = []) {
  const held = new Map(blobs.map(bytes => [digestOfBytes(bytes), bytes]))
  const transport = createMemoryTransport()
  const loads: Digest[] = []
  const blobServer = createBlobServer({
    getBlob: async digest => (loads.push(digest), held.get(digest)),
    onError() {},
  })
  const server = await transport.listen({
    address: 'central:7601',
    keyPair,
    connectionsMax: 10,
    handshakeTimeoutMs: 1_000,
    onLink: link => ({
      onMessage(bytes) {
        const message = decodeAgentMessage(bytes)
        if (message?.t === 'fetch') void blobServer.serve(link, message)
      },
    }),
  })
  const fetcher = createBlobFetcher()
  const cuts = [...cutAfter]
  let chunks = 0
  let ended = false
  async function linkUp(): Promise<void> {
    const cutAt = cuts.shift()
    let seen = 0
    const link = await transport.dial({
      address: server.address,
      keyPair,
      remotePublicKey: keyPair.publicKey,
      timeoutMs: 1_000,
      handler: link => ({
        onMessage(bytes) {
          const message = decodeCentralMessage(bytes)
          if (message?.t === 'refused') fetcher.onRefused(message)
          if (message?.t !== 'chunk') return
          fetcher.onChunk(message)
          chunks++
          if (++seen === cutAt) link.close()
        },
      }),
    })
    fetcher.linkUp(link)
    void link.closed.then(() => {
      fetcher.linkDown()
      if (cutAt !== undefined && !ended) linkUp().catch(onRedialFailed)
    })
  }
  /** Only an attempt that the end of the test overtook may fail. */
  function onRedialFailed(error: unknown): void {
    if (!ended) throw error
  }
  const close = (): Promise<void> => ((ended = true), server.close())
  return { fetcher, loads, linkUp, close, chunks: () => chunks }
}

test('blobs of any size arrive whole, and a link that breaks costs only what was on its way', async t => {
  const size = fc.oneof(
    fc.constantFrom(0, 1, LINK_CHUNK_BYTES - 1, LINK_CHUNK_BYTES, LINK_CHUNK_BYTES + 1, 5 * LINK_CHUNK_BYTES),
    fc.nat(20 * LINK_CHUNK_BYTES),
  )
  const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(size, { minLength: 1, maxLength: 5 }), cuts, async (sizes, cutAfter) => {
      const blobs = sizes.map(blobOf)
      const world = await createWorld(
        blobs.map(({ bytes }) => bytes),
        cutAfter,
      )
      const fetched = Promise.all(blobs.map(({ bytes, digest }) => world.fetcher.fetch(digest, bytes.length)))
      await world.linkUp()
      for (const [index, bytes] of (await fetched).entries())
        t.is(Buffer.compare(bytes, blobs[index]?.bytes ?? new Uint8Array(0)), 0)
      const needed = sizes.reduce((sum, bytes) => sum + Math.max(1, Math.ceil(bytes / LINK_CHUNK_BYTES)), 0)
      const wasted = cutAfter.length * BLOB_WINDOW_CHUNKS * BLOB_TRANSFERS_MAX
      t.true(world.chunks() >= needed && world.chunks() <= needed + wasted)
      t.is(new Set(world.loads).size, world.loads.length)
      await world.close()
    }),
    { numRuns: 40 },
  )
})

test('a bundle of 16 MiB asks for a few chunks at a time', async t => {
  const { bytes, digest } = blobOf(16 * 1024 * 1024)
  const fetcher = createBlobFetcher()
  const asked: number[] = []
  fetcher.linkUp({ send: message => asked.push(fetchOf(message).offset) > 0, drained: async () => {} })
  const result = fetcher.fetch(digest, bytes.length)
  t.deepEqual(
    asked,
    [0, 1, 2, 3].map(index => index * LINK_CHUNK_BYTES),
  )
  for (let offset = 0; offset < bytes.length; offset += LINK_CHUNK_BYTES) {
    fetcher.onChunk(chunkOf(bytes, digest, offset))
    t.true(asked.length * LINK_CHUNK_BYTES - offset <= (BLOB_WINDOW_CHUNKS + 1) * LINK_CHUNK_BYTES)
  }
  t.is(digestOfBytes(await result), digest)
  t.is(asked.length, bytes.length / LINK_CHUNK_BYTES)
})

test('damage, a false size and a refusal end the transfer with their codes', async t => {
  const { bytes, digest } = blobOf(1_000)
  const link = { send: () => true, drained: async () => {} }
  const attempt = () => {
    const fetcher = createBlobFetcher()
    fetcher.linkUp(link)
    return { fetcher, result: fetcher.fetch(digest, bytes.length) }
  }
  const flipped = attempt()
  flipped.fetcher.onChunk({
    ...chunkOf(bytes, digest, 0),
    bytes: bytes.map((byte, at) => (at === 5 ? byte ^ 1 : byte)),
  })
  await t.throwsAsync(flipped.result, { code: 'KONOR_LINK_BLOB_DAMAGED' })

  const longer = attempt()
  longer.fetcher.onChunk({ ...chunkOf(bytes, digest, 0), sizeBytes: 2_000 })
  await t.throwsAsync(longer.result, { code: 'KONOR_LINK_BLOB_DAMAGED' })

  const refused = attempt()
  const message: CentralMessage = { t: 'refused', code: 'X', message: 'no', final: false, about: digest }
  t.true(refused.fetcher.onRefused(message))
  t.false(refused.fetcher.onRefused(message))
  await t.throwsAsync(refused.result, { code: 'KONOR_LINK_BLOB_REFUSED' })

  const stopped = attempt()
  stopped.fetcher.abort(digest)
  stopped.fetcher.onChunk(chunkOf(bytes, digest, 0))
  await t.throwsAsync(stopped.result, { code: 'KONOR_LINK_BLOB_ABORTED' })
})

test('a blob that is not there is refused, not waited for', async t => {
  const world = await createWorld([])
  await world.linkUp()
  await t.throwsAsync(world.fetcher.fetch(blobOf(10).digest, 10), { code: 'KONOR_LINK_BLOB_REFUSED' })
  await world.close()
})

test('transfers at once are bounded, and one blob asked for twice is fetched once', async t => {
  const fetcher = createBlobFetcher()
  const asked: Digest[] = []
  fetcher.linkUp({ send: message => asked.push(fetchOf(message).digest) > 0, drained: async () => {} })
  const digests = Array.from({ length: BLOB_TRANSFERS_MAX + BLOB_TRANSFERS_WAITING_MAX }, (_, index) =>
    digestOfBytes(Uint8Array.of(index & 0xff, index >> 8)),
  )
  const results = digests.map(digest => fetcher.fetch(digest, 10))
  t.is(new Set(asked).size, BLOB_TRANSFERS_MAX)
  t.true(fetcher.fetch(digests[0] as Digest, 10) === results[0])
  await t.throwsAsync(fetcher.fetch(blobOf(3).digest, 3), { code: 'KONOR_LINK_BLOB_BUSY' })
  for (const digest of digests) fetcher.abort(digest)
  const outcomes = await Promise.allSettled(results)
  t.true(outcomes.every(({ status }) => status === 'rejected'))
})

test('a full queue makes both halves wait, and they go on when it drained', async t => {
  const { bytes, digest } = blobOf(10)
  const fetcher = createBlobFetcher()
  const gate = createGate()
  const requests: FetchMessage[] = []
  fetcher.linkUp({
    send: message => gate.isOpen && requests.push(fetchOf(message)) > 0,
    drained: () => gate.opened,
  })
  const result = fetcher.fetch(digest, bytes.length)
  t.is(requests.length, 0)
  gate.open()
  await gate.opened
  await new Promise(resolve => setImmediate(resolve))
  t.is(requests.length, 1)

  const sent: CentralMessage[] = []
  const serverGate = createGate()
  const link: Pick<Link, 'send' | 'drained'> = {
    send: message => serverGate.isOpen && sent.push(decodeCentralMessage(message) as CentralMessage) > 0,
    drained: () => serverGate.opened,
  }
  const served = createBlobServer({ getBlob: async () => bytes, onError() {} }).serve(
    link,
    requests[0] as FetchMessage,
  )
  await new Promise(resolve => setImmediate(resolve))
  t.is(sent.length, 0)
  serverGate.open()
  await served
  const [chunk] = sent
  if (chunk?.t === 'chunk') fetcher.onChunk(chunk)
  t.deepEqual([...(await result)], [...bytes])
})

test('a peer that asks for more than it may is refused, and a failing store is told', async t => {
  const { digest } = blobOf(5)
  const gate = createGate()
  const sent: (CentralMessage | undefined)[] = []
  const errors: unknown[] = []
  const server = createBlobServer({
    getBlob: () => gate.opened.then(() => Promise.reject(new Error('disk'))),
    onError: error => errors.push(error),
  })
  const link = {
    send: (message: Uint8Array) => sent.push(decodeCentralMessage(message)) > 0,
    drained: async () => {},
  }
  const served = Array.from({ length: LINK_FETCHES_MAX + 3 }, () =>
    server.serve(link, { t: 'fetch', digest, offset: 0 }),
  )
  t.is(sent.length, 3)
  t.like(sent[0], { t: 'refused', code: 'KONOR_LINK_BLOB_BUSY', about: digest })
  gate.open()
  await Promise.all(served)
  t.is(sent.length, LINK_FETCHES_MAX + 3)
  t.is(errors.length, LINK_FETCHES_MAX)
})

function fetchOf(bytes: Uint8Array): FetchMessage {
  const message = decodeAgentMessage(bytes)
  if (message?.t !== 'fetch') throw new Error('not a fetch')
  return message
}

function chunkOf(blob: Uint8Array, digest: Digest, offset: number) {
  const bytes = blob.subarray(offset, offset + LINK_CHUNK_BYTES)
  return { t: 'chunk', digest, offset, sizeBytes: blob.length, bytes } as const
}

function createGate() {
  let open: () => void = () => {}
  const opened = new Promise<void>(resolve => (open = resolve))
  const gate = {
    isOpen: false,
    opened,
    open() {
      gate.isOpen = true
      open()
    },
  }
  return gate
}
