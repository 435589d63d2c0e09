import type { ExecutionContext, TestFn } from 'ava'
import * as fc from 'fast-check'
import { isKonorError, KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  type KeyPair,
  type Link,
  LINK_MESSAGE_BYTES_MAX,
  LINK_QUEUE_BYTES_MAX,
  type LinkHandler,
  type LinkServer,
  type LinkTransport,
  type ListenOptions,
} from './link.ts'
import { parseLinkAddress } from './link-address.ts'
import { createKeyPair } from './secret-stream.ts'

/** What an adapter gives to be tested: a fresh transport and an address on which it finds a free place. */
export interface LinkFixture {
  readonly transport: LinkTransport
  readonly address: string
}

/** Registers the tests that every adapter of the link port must pass. */
export function testLinkConformance(test: TestFn, name: string, createFixture: () => LinkFixture): void {
  const each = (title: string, run: (t: ExecutionContext, world: World) => Promise<void>): void =>
    test(`${name}: ${title}`, async t => {
      const world = new World(createFixture())
      try {
        await run(t, world)
      } finally {
        await world.close()
      }
    })

  each('messages of every size arrive whole and in order, both ways at once', async (t, world) => {
    const near = new Inbox()
    const far = new Inbox()
    await world.listen({ onLink: link => far.on(link) })
    const link = await world.dial(near)
    const farLink = await far.link
    const sizes = fc.array(
      fc.oneof(
        fc.constantFrom(0, 1, 65_535, 65_536, LINK_MESSAGE_BYTES_MAX),
        fc.nat(2_000),
        fc.nat(LINK_MESSAGE_BYTES_MAX),
      ),
      { maxLength: 24 },
    )
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (there, back) => {
        await Promise.all([sendAll(link, there.map(patterned)), sendAll(farLink, back.map(patterned))])
        t.deepEqual((await far.take(there.length)).map(summary), there.map(patterned).map(summary))
        t.deepEqual((await near.take(back.length)).map(summary), back.map(patterned).map(summary))
      }),
      { numRuns: 12 },
    )
  })

  each('each side knows the key of the other', async (t, world) => {
    const far = new Inbox()
    await world.listen({ onLink: link => far.on(link) })
    const link = await world.dial(new Inbox())
    t.deepEqual([...link.remotePublicKey], [...world.serverKeys.publicKey])
    t.deepEqual([...(await far.link).remotePublicKey], [...world.clientKeys.publicKey])
    t.is(typeof link.remoteAddress, 'string')
  })

  each('each side knows its own address on the way to the other', async (t, world) => {
    const far = new Inbox()
    await world.listen({ onLink: link => far.on(link) })
    const link = await world.dial(new Inbox())
    for (const end of [link, await far.link])
      t.not(parseLinkAddress(end.localAddress).host, '', end.localAddress)
  })

  each('a message over the bound is refused and the link goes on', async (t, world) => {
    const far = new Inbox()
    await world.listen({ onLink: link => far.on(link) })
    const link = await world.dial(new Inbox())
    t.throws(() => link.send(new Uint8Array(LINK_MESSAGE_BYTES_MAX + 1)), { code: 'KONOR_LINK_OVERSIZED' })
    t.true(link.send(Uint8Array.of(7)))
    t.deepEqual([...((await far.take(1))[0] ?? [])], [7])
  })

  each('a reader that does not read bounds its sender, and costs the others nothing', async (t, world) => {
    const slow = new Inbox()
    slow.hold()
    const quick = new Inbox()
    const inboxes = [slow, quick]
    await world.listen({ onLink: link => (inboxes.shift() ?? quick).on(link) })
    const slowLink = await world.dial(new Inbox())
    await slow.link
    const quickLink = await world.dial(new Inbox())
    const message = patterned(64 * 1024)
    let sent = 0
    // The kernel may take megabytes on its way; past that and the bound of the queue `send` must refuse.
    while (slowLink.send(message)) {
      sent++
      if (sent % 16 === 0) await turn()
      if (sent * message.length > LINK_QUEUE_BYTES_MAX + 256 * 1024 * 1024)
        return t.fail('nothing bounds the queue')
    }
    t.true(sent * message.length >= LINK_QUEUE_BYTES_MAX - message.length)
    t.true(quickLink.send(Uint8Array.of(1)))
    t.is((await quick.take(1)).length, 1)
    const drained = slowLink.drained()
    slow.release()
    await drained
    t.true(slowLink.send(Uint8Array.of(9)))
    const arrived = await slow.take(sent + 1)
    t.deepEqual([...(arrived.at(-1) ?? [])], [9])
  })

  each('what was sent before close arrives, and both sides see a plain end', async (t, world) => {
    for (const closer of ['near', 'far'] as const) {
      const near = new Inbox()
      const far = new Inbox()
      const server = await world.listen({ onLink: link => far.on(link) })
      const link = await world.dial(near, server)
      const ends = { near: link, far: await far.link }
      const reader = closer === 'near' ? far : near
      for (let count = 0; count < 40; count++) ends[closer].send(patterned(count * 1_000))
      ends[closer].close()
      ends[closer].close(new Error('too late to be a reason'))
      t.is((await reader.take(40)).length, 40)
      t.is(await link.closed, undefined)
      t.is(await ends.far.closed, undefined)
    }
  })

  each('nothing is delivered after close', async (t, world) => {
    const far = new Inbox()
    await world.listen({ onLink: link => far.on(link) })
    let seen = 0
    const link = await world.dialWith(link => ({
      onMessage() {
        seen++
        link.close()
      },
    }))
    const farLink = await far.link
    for (let count = 0; count < 20; count++) farLink.send(Uint8Array.of(count))
    await link.closed
    await farLink.closed
    t.is(seen, 1)
  })

  each('a closed link drops what is sent and never waits', async (t, world) => {
    await world.listen({ onLink: link => new Inbox().on(link) })
    const link = await world.dial(new Inbox())
    const reason = new KonorError('KONOR_LINK_SILENT', 'as the heartbeat would say')
    link.close(reason)
    t.is(await link.closed, reason)
    t.true(link.send(new Uint8Array(10)))
    await link.drained()
  })

  each('a handler that fails closes its own link with the cause', async (t, world) => {
    const failures: (() => LinkHandler)[] = [
      () => ({
        onMessage() {
          throw new Error('thrown')
        },
      }),
      () => ({ onMessage: () => Promise.reject(new Error('rejected')) }),
    ]
    const links: Link[] = []
    await world.listen({
      onLink(link) {
        links.push(link)
        return (failures[links.length - 1] ?? (() => new Inbox().on(link)))()
      },
    })
    for (const cause of ['thrown', 'rejected']) {
      const link = await world.dial(new Inbox())
      link.send(Uint8Array.of(1))
      await link.closed
      const reason = await links.at(-1)?.closed
      t.true(isKonorError(reason, 'KONOR_LINK_HANDLER') && String(reason.cause).endsWith(cause))
    }
    const link = await world.dial(new Inbox())
    t.true(link.send(Uint8Array.of(1)))
  })

  each('a server that cannot take a link closes it', async (t, world) => {
    let offered = 0
    await world.listen({
      onLink() {
        offered++
        throw new Error('no')
      },
    })
    for (let dialled = 1; dialled <= 2; dialled++) {
      const link = await world.dial(new Inbox())
      await link.closed
      t.is(offered, dialled)
    }
  })

  each('another key than the pinned one is a wrong peer', async (t, world) => {
    const server = await world.listen({ onLink: () => assertNever(t) })
    const error = await t.throwsAsync(
      world.transport.dial({
        address: server.address,
        keyPair: world.clientKeys,
        remotePublicKey: createKeyPair().publicKey,
        timeoutMs: 20_000,
        handler: () => assertNever(t),
      }),
    )
    t.true(isKonorError(error, 'KONOR_LINK_WRONG_PEER'), String(error))
  })

  each('nobody at an address is unreachable', async (t, world) => {
    const server = await world.listen({ onLink: () => assertNever(t) })
    await server.close()
    await t.throwsAsync(world.dial(new Inbox(), server), { code: 'KONOR_LINK_UNREACHABLE' })
  })

  each('an address serves one at a time, and again after its server closed', async (t, world) => {
    const first = await world.listen({ onLink: link => new Inbox().on(link) })
    await t.throwsAsync(world.listen({ address: first.address, onLink: link => new Inbox().on(link) }), {
      code: 'KONOR_LINK_LISTEN',
    })
    const link = await world.dial(new Inbox(), first)
    await first.close()
    await link.closed
    const far = new Inbox()
    const second = await world.listen({ address: first.address, onLink: link => far.on(link) })
    const again = await world.dial(new Inbox(), second)
    again.send(Uint8Array.of(1))
    t.is((await far.take(1)).length, 1)
  })

  each(
    'connectionsMax refuses new links; those that are there go on; a place becomes free again',
    async (t, world) => {
      const far = new Inbox()
      const server = await world.listen({ connectionsMax: 2, onLink: link => far.on(link) })
      const links = [await world.dial(new Inbox()), await world.dial(new Inbox())]
      for (const link of links) link.send(Uint8Array.of(1))
      await far.take(2)
      t.is(server.connections, 2)
      await t.throwsAsync(world.dial(new Inbox()), { code: 'KONOR_LINK_REFUSED' })
      for (const link of links) t.true(link.send(Uint8Array.of(1)))
      await far.take(2)
      links[0]?.close()
      await links[0]?.closed
      await until(() => server.connections === 1)
      const late = await world.dial(new Inbox())
      late.send(Uint8Array.of(1))
      t.is((await far.take(1)).length, 1)
    },
  )

  each('two hundred links in one process do not mix', async (t, world) => {
    await world.listen({ onLink: link => ({ onMessage: message => void link.send(message) }) })
    const inboxes = Array.from({ length: 200 }, () => new Inbox())
    const links = await Promise.all(inboxes.map(inbox => world.dial(inbox)))
    for (let round = 0; round < 5; round++)
      links.forEach((link, index) => link.send(Uint8Array.of(index, round)))
    for (const [index, inbox] of inboxes.entries())
      t.deepEqual(
        (await inbox.take(5)).map(message => [...message]),
        [0, 1, 2, 3, 4].map(round => [index, round]),
      )
  })
}

/** The servers and links of one test, all ended with it. */
class World {
  readonly transport: LinkTransport
  readonly serverKeys: KeyPair = createKeyPair()
  readonly clientKeys: KeyPair = createKeyPair()
  readonly #address: string
  readonly #servers: LinkServer[] = []
  readonly #links: Link[] = []

  constructor({ transport, address }: LinkFixture) {
    this.transport = transport
    this.#address = address
  }

  async listen(options: Pick<ListenOptions, 'onLink'> & Partial<ListenOptions>): Promise<LinkServer> {
    const server = await this.transport.listen({
      address: this.#address,
      keyPair: this.serverKeys,
      connectionsMax: 1_000,
      handshakeTimeoutMs: 20_000,
      ...options,
    })
    this.#servers.push(server)
    return server
  }

  dial(inbox: Inbox, server?: LinkServer): Promise<Link> {
    return this.dialWith(link => inbox.on(link), server)
  }

  async dialWith(handler: (link: Link) => LinkHandler, server = this.#servers.at(-1)): Promise<Link> {
    const link = await this.transport.dial({
      address: server?.address ?? this.#address,
      keyPair: this.clientKeys,
      remotePublicKey: this.serverKeys.publicKey,
      timeoutMs: 20_000,
      handler,
    })
    this.#links.push(link)
    return link
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.close()
    await Promise.all(this.#servers.map(server => server.close()))
  }
}

/** Collects what links deliver; may hold the reading back. */
class Inbox {
  readonly link: Promise<Link>
  #resolveLink: (link: Link) => void = () => {}
  #messages: Uint8Array[] = []
  #gate: Promise<void> | undefined
  #openGate: () => void = () => {}
  #wanted: { count: number; resolve: () => void } | undefined

  constructor() {
    this.link = new Promise(resolve => (this.#resolveLink = resolve))
  }

  on(link: Link): LinkHandler {
    this.#resolveLink(link)
    return {
      onMessage: message => {
        this.#messages.push(message)
        if (this.#wanted !== undefined && this.#messages.length >= this.#wanted.count) this.#wanted.resolve()
        return this.#gate
      },
    }
  }

  hold(): void {
    this.#gate = new Promise(resolve => (this.#openGate = resolve))
  }

  release(): void {
    this.#gate = undefined
    this.#openGate()
  }

  /** The next `count` messages, once they are there. */
  async take(count: number): Promise<Uint8Array[]> {
    if (this.#messages.length < count) await new Promise<void>(resolve => (this.#wanted = { count, resolve }))
    this.#wanted = undefined
    return this.#messages.splice(0, count)
  }
}

async function sendAll(link: Link, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) while (!link.send(message)) await link.drained()
}

function patterned(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at++) bytes[at] = (at * 31 + sizeBytes) & 0xff
  return bytes
}

/** A message in few words, so that a failure of this suite can be read. */
function summary(message: Uint8Array): string {
  let sum = 0
  for (const byte of message) sum = (Math.imul(sum, 31) + byte) | 0
  return `${message.length}:${sum}`
}

function assertNever(t: ExecutionContext): LinkHandler {
  t.fail('no link may open here')
  return { onMessage() {} }
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}
