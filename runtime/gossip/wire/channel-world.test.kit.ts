import { SeededRandom } from '../../ports/seeded-random.ts'
import type { Message, NackMessage, PingMessage } from '../core/messages.ts'
import { createKeyring, type Keyring } from './keyring.ts'
import { createMemberIdentity, type MemberIdentity } from './member-identity.ts'
import { decodeBody, encodeBody, type Handshake, type PacketBody } from './packet-body.ts'
import { PacketChannel, type Receipt } from './packet-channel.ts'
import { openPacket, sealPacket } from './packet-cipher.ts'
import { readHeader } from './packet-header.ts'
import { packetKeyOf } from './packet-keys.ts'
import { WIRE_VERSION } from './wire-limits.ts'

export const CLUSTER = 'c-test'
export const GROUP_KEY = new SeededRandom('group key').bytes(32)
/** More packets than any station of a test seals. */
const COUNTER_BEFORE = 10_000
export const OTHER_KEY = new SeededRandom('other key').bytes(32)

/** One member: its channel, and what its core would have been given. */
export interface Station {
  readonly address: string
  readonly channel: PacketChannel
  readonly keyring: Keyring
  readonly identity: MemberIdentity
  readonly heard: Message[]
  readonly receipts: Receipt[]
}

interface StationOptions {
  readonly groupKey?: Uint8Array
  readonly clusterId?: string
  readonly sessionsMax?: number
  readonly seed?: string
}

export function station(name: string, options: StationOptions = {}): Station {
  const random = new SeededRandom(`${name} ${options.seed ?? ''}`)
  const identity = createMemberIdentity(new SeededRandom(`identity of ${name}`).bytes(32))
  const keyring = createKeyring([options.groupKey ?? GROUP_KEY])
  const channel = new PacketChannel({
    clusterId: options.clusterId ?? CLUSTER,
    identity,
    keyring,
    random,
    self: () => ({ epoch: 1, incarnation: 0 }),
    ...(options.sessionsMax === undefined ? {} : { sessionsMax: options.sessionsMax }),
  })
  return { address: `${name}:7602`, channel, keyring, identity, heard: [], receipts: [] }
}

/** What a member with the group key seals in the session of another, in whose name it speaks. */
export function sealedByInsider(
  victim: Station,
  message: Message | Handshake,
  counter = COUNTER_BEFORE + 1,
): Uint8Array {
  const speaker = { id: victim.identity.id, epoch: 1, incarnation: 0 }
  const { session } = victim.channel
  const { primary: keyId } = victim.keyring.state
  const header = { version: WIRE_VERSION, flags: 0, keyId, session, counter }
  const body = encodeBody(speaker, message)
  return sealPacket(packetKeyOf(GROUP_KEY, session), header, Buffer.from(CLUSTER), body)
}

/** What a member with the group key reads of what others said. */
export function openedWithGroupKey(datagram: Uint8Array): PacketBody | undefined {
  const header = readHeader(datagram)
  if (header === undefined) return undefined
  const body = openPacket(packetKeyOf(GROUP_KEY, header.session), datagram, Buffer.from(CLUSTER))
  return body === undefined ? undefined : decodeBody(body)
}

/** A datagram on its way. */
export interface Flight {
  readonly from: string
  readonly to: Station
  readonly datagram: Uint8Array
}

/** Delivers one datagram; gives what goes back. */
export function deliver({ from, to, datagram }: Flight, nowMs: number): readonly Uint8Array[] {
  const receipt = to.channel.receive(datagram, from, nowMs)
  to.receipts.push(receipt)
  if (receipt.verdict === 'message') to.heard.push(receipt.message)
  return receipt.replies
}

/** Sends a message and lets both sides answer until nobody has anything to say; gives all that flew. */
export function talk(a: Station, b: Station, message: Message, nowMs = 0): Flight[] {
  const flown: Flight[] = []
  const queue: Flight[] = [{ from: a.address, to: b, datagram: a.channel.seal(message, b.address, nowMs) }]
  for (let flight = queue.shift(); flight !== undefined; flight = queue.shift()) {
    flown.push(flight)
    if (flown.length > 100) throw new Error('They never stop talking.')
    const [from, to] = flight.to === b ? [b, a] : [a, b]
    for (const datagram of deliver(flight, nowMs)) queue.push({ from: from.address, to, datagram })
  }
  return flown
}

export const PING: PingMessage = { kind: 'ping', seq: 7, localHealth: 0, updates: [] }
export const NACK: NackMessage = { kind: 'nack', seq: 7 }
