import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../../actors/vocabulary/canonical/encode-canonical.ts'
import { noFaults } from '../../../runtime/ports/fault-points.ts'
import { silentLogger } from '../../../runtime/ports/logger.ts'
import { VirtualClock } from '../../../runtime/ports/virtual-clock.ts'
import { FRAME_HEADER_BYTES, frameOf } from '../frame.ts'
import { ServedStates } from '../served-states.ts'
import { Session } from '../session.ts'
import { IDLE_PING_MS } from '../socket-limits.ts'
import { MemoryGroups } from './memory-groups.ts'

/** One frame of the conversation that the reference shows. */
export interface GoldenFrame {
  readonly from: 'process' | 'agent'
  readonly message: CborValue
  readonly hex: string
}

const GROUP = 'payments-prod'
const FIRST = { 'api-version': '2024-01-01', 'rate-limit': 1000, ratio: 0.5, tags: ['a', true, null] }
const SECOND = { ...FIRST, 'rate-limit': 2000 }
const STALE_SINCE_MS = 1_735_689_600_000

/**
 * A whole conversation between a process and an agent, from a real session: what each side sends, byte by byte. Clients
 * in other languages are tested against it.
 */
export function goldenFrames(): GoldenFrame[] {
  const frames: GoldenFrame[] = []
  const clock = new VirtualClock()
  const groups = new MemoryGroups().join(GROUP)
  groups.activate(GROUP, FIRST)
  const note = (from: GoldenFrame['from'], frame: Uint8Array): void => {
    const message = decodeCbor(frame.subarray(FRAME_HEADER_BYTES))
    frames.push({ from, message, hex: Buffer.from(frame).toString('hex') })
  }
  const take = (frame: Uint8Array): void => note('agent', frame)
  const session = new Session(
    {
      service: groups,
      states: new ServedStates(groups),
      clock,
      logger: silentLogger,
      faults: noFaults,
      holders: new Map(),
      buffered: { bytes: 0 },
    },
    { queuedBytes: 0, send: take, abort: take, end: () => undefined },
  )
  const say = (message: CborValue): void => {
    const frame = frameOf(encodeCanonical(message))
    note('process', frame)
    session.receive(frame)
  }
  const acknowledge = (id: number, activation: number, phase: string): void =>
    say({ id, op: 'ack', group: GROUP, activation, phase, outcome: 'ok' })

  const groupsOfHello = [{ group: GROUP }]
  const who = { process: 'billing', instance: '7f3a', pid: 4242 }
  say({ id: 1, op: 'hello', protocol: [1, 1], ...who, groups: groupsOfHello, prepare: true })
  acknowledge(2, 1, 'applied')
  say({ id: 3, op: 'get', group: GROUP, key: 'rate-limit' })
  say({ id: 4, op: 'get', group: GROUP, key: 'missing' })
  say({ id: 5, op: 'snapshot', group: GROUP })
  groups.prepare(GROUP, SECOND)
  acknowledge(6, 2, 'prepare')
  groups.activate(GROUP, SECOND)
  say({
    id: 7,
    op: 'ack',
    group: GROUP,
    activation: 2,
    phase: 'applied',
    outcome: 'rejected',
    reason: 'too many',
  })
  acknowledge(8, 1, 'applied')
  groups.setStale(GROUP, STALE_SINCE_MS)
  groups.setStale(GROUP, undefined)
  clock.advanceBy(IDLE_PING_MS)
  session.sweep(clock.monotonicMs())
  say({ id: 9, op: 'ping' })
  say({ id: 10, op: 'get', group: 'elsewhere', key: 'rate-limit' })
  say({ id: 11, op: 'bye' })
  return frames
}

/** The conversation as a part of a Markdown page. */
export function renderGoldenFrames(frames: readonly GoldenFrame[]): string {
  return frames
    .map(({ from, message, hex }, index) => {
      const lines = hex.match(/.{1,100}/g) ?? []
      return `${index + 1}. ${from} → ${JSON.stringify(message, asShown)}\n\n\`\`\`hex\n${lines.join('\n')}\n\`\`\`\n`
    })
    .join('\n')
}

/** Byte strings have no JSON: they are shown in the notation of RFC 8949, section 8. */
function asShown(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `h'${Buffer.from(value).toString('hex')}'` : value
}
