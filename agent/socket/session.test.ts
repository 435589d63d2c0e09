import test from 'ava'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { silentLogger } from '../../runtime/ports/logger.ts'
import { VirtualClock } from '../../runtime/ports/virtual-clock.ts'
import { FRAME_HEADER_BYTES, frameOf } from './frame.ts'
import { ServedStates } from './served-states.ts'
import { Session } from './session.ts'
import {
  BUFFERED_TOTAL_MAX_BYTES,
  FRAME_TIMEOUT_MS,
  HELLO_TIMEOUT_MS,
  IDLE_PING_MS,
} from './socket-limits.ts'
import { MemoryGroups } from './testing/memory-groups.ts'

type Fields = Readonly<Record<string, CborValue>>

/** A session without a network, under a clock that the test moves. */
function conversation() {
  const clock = new VirtualClock()
  const groups = new MemoryGroups().join('g')
  const sent: Fields[] = []
  const take = (frame: Uint8Array): void => {
    sent.push(decodeCbor(frame.subarray(FRAME_HEADER_BYTES)) as Fields)
  }
  const channel = { queuedBytes: 0, send: take, abort: take, end: () => undefined }
  let faulty = false
  const faults = {
    hit: (): void => {
      if (faulty) throw new Error('struck')
    },
  }
  const buffered = { bytes: 0 }
  const states = new ServedStates(groups)
  const context = {
    service: groups,
    states,
    clock,
    logger: silentLogger,
    faults,
    holders: new Map(),
    buffered,
  }
  const session = new Session(context, channel)
  const say = (message: CborValue): void => session.receive(frameOf(encodeCanonical(message)))
  const pass = (ms: number): number => {
    clock.advanceBy(ms)
    return session.sweep(clock.monotonicMs())
  }
  const hello = (): void =>
    say({
      id: 1,
      op: 'hello',
      protocol: [1, 1],
      process: 'p',
      instance: 'i',
      pid: 1,
      groups: [{ group: 'g' }],
    })
  const strike = (): void => void (faulty = true)
  return { groups, sent, session, channel, buffered, say, pass, hello, strike }
}

test('without hello the time ends', t => {
  const { sent, pass, session } = conversation()
  t.is(pass(0), HELLO_TIMEOUT_MS)
  pass(HELLO_TIMEOUT_MS - 1)
  t.false(session.closed)
  t.is(pass(1), Infinity)
  t.true(session.closed)
  t.like(sent[0], { id: null, ok: false, error: { code: 'KONOR_SOCKET_HELLO_TIMEOUT' } })
})

test('a frame that is begun must end, however its bytes trickle', t => {
  const { sent, pass, hello, session } = conversation()
  hello()
  for (let sentMs = 0; sentMs < FRAME_TIMEOUT_MS; sentMs += 1_000) {
    t.false(session.closed)
    session.receive(Uint8Array.of(0))
    pass(1_000)
    // Four zeroes would be an empty frame.
    if (sentMs === 0) session.receive(Uint8Array.of(1))
  }
  pass(1_000)
  t.like(sent.at(-1), { ok: false, error: { code: 'KONOR_SOCKET_FRAME_TIMEOUT' } })
})

test('a silent process is pinged and not closed for its silence', t => {
  const { sent, pass, hello, session } = conversation()
  hello()
  pass(IDLE_PING_MS - 1)
  t.is(sent.length, 1)
  pass(1)
  pass(1)
  t.deepEqual(sent.slice(1), [{ event: 'ping' }])
  pass(100 * IDLE_PING_MS)
  t.is(sent.length, 3)
  t.false(session.closed)
})

test('it is looked at again when something can be due, and no sooner', t => {
  const { pass, hello, session, sent } = conversation()
  hello()
  t.is(pass(0), IDLE_PING_MS)
  pass(IDLE_PING_MS - 1_000)
  session.receive(Uint8Array.of(0))
  // The frame that was begun ends after the look that was planned already.
  t.is(pass(1_000), 2 * IDLE_PING_MS - 1_000)
  t.is(pass(IDLE_PING_MS - 1_000), 3 * IDLE_PING_MS - 1_000)
  t.deepEqual(sent.slice(1), [{ event: 'ping' }])
  t.is(pass(IDLE_PING_MS), Infinity)
  t.like(sent.at(-1), { ok: false, error: { code: 'KONOR_SOCKET_FRAME_TIMEOUT' } })
})

test('an event that cannot be delivered ends its connection and the group goes on', t => {
  const { groups, sent, hello, session, strike } = conversation()
  hello()
  strike()
  t.notThrows(() => groups.activate('g', { a: 1 }))
  t.true(session.closed)
  t.like(sent.at(-1), { ok: false, error: { code: 'KONOR_SOCKET_INTERNAL' } })
  t.is(groups.count('disconnected'), 1)
})

test('too many bytes in all connections end the one that adds to them', t => {
  const { sent, hello, buffered, session } = conversation()
  hello()
  buffered.bytes = BUFFERED_TOTAL_MAX_BYTES
  session.receive(Uint8Array.of(0))
  t.like(sent.at(-1), { ok: false, error: { code: 'KONOR_SOCKET_BUFFERS_FULL' } })
  t.is(buffered.bytes, BUFFERED_TOTAL_MAX_BYTES)
})

test('a failure of the groups is an error answer, or the end of a hello', t => {
  const { groups, sent, say, hello, session } = conversation()
  groups.register = () => {
    throw new TypeError('broken')
  }
  hello()
  t.like(sent, [{ id: 1, ok: false, error: { code: 'KONOR_SOCKET_INTERNAL' } }])
  t.true(session.closed)
  say({ id: 2, op: 'ping' })
  t.is(sent.length, 1)
})
