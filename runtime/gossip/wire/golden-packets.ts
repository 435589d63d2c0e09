import type { CborValue } from '../../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../../actors/vocabulary/canonical/decode-cbor.ts'
import type { Random } from '../../ports/random.ts'
import type { Message, Update } from '../core/messages.ts'
import { createKeyring } from './keyring.ts'
import { createMemberIdentity } from './member-identity.ts'
import { encodeBody, type Handshake } from './packet-body.ts'
import { PacketSealer } from './packet-sealer.ts'
import { signRecord } from './record-proof.ts'
import { createSessionKey } from './session-key.ts'
import { askedBy, proveSession } from './session-proof.ts'

/** One packet whose every byte is given by the protocol and the constants below. */
export interface GoldenPacket {
  readonly name: string
  /** The body in the notation of the page: JSON, byte strings as `h'…'`. */
  readonly body: CborValue
  readonly bodyHex: string
  readonly packetHex: string
}

export const GOLDEN_CLUSTER = 'golden'
export const GOLDEN_KEY = Uint8Array.from({ length: 32 }, (_, index) => index)
export const GOLDEN_SECOND_KEY = Uint8Array.from({ length: 32 }, (_, index) => 0xff - index)
const SESSION = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const SEED = new Uint8Array(32).fill(0x11)
const PEER_SEED = new Uint8Array(32).fill(0x22)
const COOKIE = new Uint8Array(16).fill(0xc0)
const PEER_COOKIE = new Uint8Array(16).fill(0xc1)

const PEER_SESSION = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)
const PEER_KEY_SECRET = new Uint8Array(32).fill(0x44)

/** What is said to who may not know us, under the group key alone. */
const UNPAIRED: ReadonlySet<string> = new Set(['handshake', 'error'])

/** A sealer draws its session, and then the secret of the session's key. */
const fixed: Random = {
  bytes: count => (count === SESSION.length ? SESSION : new Uint8Array(count).fill(0x33)),
  fraction: () => 0,
}

/**
 * A packet of every kind that travels in a datagram, sealed one after the other by one session (so counters run from
 * 1), handshakes and errors under the group key and the others under the key of the pair, and at the end one under a
 * keyring of two keys. Programs in other languages are tested against them.
 */
export function goldenPackets(): GoldenPacket[] {
  const identity = createMemberIdentity(SEED)
  const peer = createMemberIdentity(PEER_SEED)
  const speaker = { id: identity.id, epoch: 3, incarnation: 1 }
  const keyring = createKeyring([GOLDEN_KEY])
  const sealer = new PacketSealer(keyring, fixed)
  const context = Buffer.from(GOLDEN_CLUSTER, 'utf8')
  const peerSession = hexOf(PEER_SESSION)
  const pair = sealer.pairWith(peerSession, createSessionKey(PEER_KEY_SECRET).publicKey)
  const golden = (name: string, message: Message | Handshake): GoldenPacket => {
    const body = encodeBody(speaker, message)
    const packet = sealer.seal(body, context, UNPAIRED.has(message.kind) ? undefined : pair)
    return { name, body: decodeCbor(body), bodyHex: hexOf(body), packetHex: hexOf(packet) }
  }
  const echo = () => {
    const { session, nextCounter: counter, publicKey: key } = sealer
    const asked = askedBy(PEER_COOKIE, peerSession)
    const claim = { clusterId: GOLDEN_CLUSTER, session, counter, key, asked }
    return { kind: 'handshake' as const, key, echo: PEER_COOKIE, proof: proveSession(identity, claim) }
  }
  const packets = [
    golden('challenge', { kind: 'handshake', key: sealer.publicKey, challenge: COOKIE }),
    golden('echo and challenge', { ...echo(), challenge: COOKIE }),
    golden('echo', echo()),
    ...goldenMessages(peer.id, recordsOf(peer.id)).map(message => golden(message.kind, message)),
  ]
  keyring.install(GOLDEN_SECOND_KEY)
  return [...packets, golden('nack of a sender with two keys', { kind: 'nack', seq: 6 })]
}

function recordsOf(peerId: string): { readonly alive: Update; readonly suspect: Update } {
  const identity = createMemberIdentity(SEED)
  const plain: Update = {
    state: 'alive',
    id: identity.id,
    epoch: 3,
    incarnation: 1,
    address: '10.0.0.1:7602',
    metaHash: '0011223344556677',
  }
  const alive = { ...plain, signature: signRecord(identity, GOLDEN_CLUSTER, plain) }
  return {
    alive,
    suspect: { state: 'suspect', id: peerId, epoch: 9, incarnation: 0, accusers: [identity.id] },
  }
}

function goldenMessages(
  peerId: string,
  { alive, suspect }: { readonly alive: Update; readonly suspect: Update },
): Message[] {
  return [
    { kind: 'ping', seq: 1, localHealth: 0, updates: [] },
    {
      kind: 'ack',
      seq: 2,
      viewHash: 0xdeadbeef,
      loopLagMs: 12,
      updates: [suspect],
      heartbeat: Uint8Array.of(0xa0),
    },
    { kind: 'ping-request', seq: 3, targetId: peerId, updates: [] },
    { kind: 'nack', seq: 4 },
    { kind: 'gossip', updates: [alive, suspect] },
    { kind: 'digest', viewHash: 0xdeadbeef, buckets: [1, 2, 3, 0xffffffff] },
    { kind: 'join', record: alive },
    { kind: 'event', lamport: 5, author: peerId, name: 'deploy', payload: Uint8Array.of(1, 2) },
    { kind: 'error', code: 'version' },
  ]
}

/** The packets as a part of a Markdown page. */
export function renderGoldenPackets(packets: readonly GoldenPacket[]): string {
  return packets
    .map(({ name, body, bodyHex, packetHex }, index) =>
      [
        `${index + 1}. ${name}: \`${JSON.stringify(body, asShown).replaceAll(/"(h'[0-9a-f]*')"/g, '$1')}\`\n`,
        '```hex',
        `body   ${cut(bodyHex)}`,
        `packet ${cut(packetHex)}`,
        '```\n',
      ].join('\n'),
    )
    .join('\n')
}

function cut(hex: string): string {
  return (hex.match(/.{1,100}/g) ?? []).join('\n       ')
}

/** Byte strings have no JSON: they are shown in the notation of RFC 8949, section 8. */
function asShown(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `h'${hexOf(value)}'` : value
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
