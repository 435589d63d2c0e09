import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  verify,
} from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { decode } from 'cbor-x'
import { decodeBody } from './packet-body.ts'
import {
  GOLDEN_CLUSTER,
  GOLDEN_KEY,
  goldenPackets,
  GOLDEN_SECOND_KEY,
  renderGoldenPackets,
} from './golden-packets.ts'
import * as limits from './wire-limits.ts'

// From the compiled test back to the page of the repository.
const PAGE = fileURLToPath(new URL('../../../../docs/reference/gossip-protocol.md', import.meta.url))
const BEGIN = '<!-- golden packets: generated -->\n'
const END = '<!-- end of golden packets -->'

test('the reference shows the packets that are sent', t => {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN) + BEGIN.length), page.slice(page.indexOf(END))]
  const current = `${before}\n${renderGoldenPackets(goldenPackets())}\n${rest}`
  // After a wanted change of the protocol: KONOR_UPDATE_GOLDEN=1, and read the difference.
  if (process.env['KONOR_UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, current)
  t.is(readFileSync(PAGE, 'utf8'), current)
})

const PAIR_INFO = 'konorkestra/gossip/pair/v1'

/** The X25519 of the two sessions of the page, by the seeds that it gives. */
function agreedByTheBook(): Buffer {
  const [privateKey, peer] = [0x33, 0x44].map(fill =>
    createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), Buffer.alloc(32, fill)]),
      format: 'der',
      type: 'pkcs8',
    }),
  )
  if (privateKey === undefined || peer === undefined) throw new Error('There are two keys.')
  return diffieHellman({ privateKey, publicKey: createPublicKey(peer) })
}

/** Opens a packet by the words of the reference alone: it shares no code with what sealed it. */
function openByTheBook(packet: Buffer): { counter: bigint; flags: number; body: Buffer } {
  const keyIdOf = (key: Uint8Array) => Buffer.from(hkdfSync('sha256', key, '', 'kid', 4)).toString('hex')
  const key = [GOLDEN_KEY, GOLDEN_SECOND_KEY].find(key => keyIdOf(key) === packet.toString('hex', 4, 8))
  if (key === undefined || packet.toString('latin1', 0, 2) !== 'KO' || packet[2] !== 1)
    throw new Error('No packet of ours.')
  const session = packet.subarray(8, 16)
  const pairSalt = Buffer.concat([session, Buffer.from('0807060504030201', 'hex')])
  const packetKey = Buffer.from(
    (packet.readUInt8(3) & 2) === 0
      ? hkdfSync('sha256', key, session, 'pkt v1', 32)
      : hkdfSync('sha256', Buffer.concat([agreedByTheBook(), key]), pairSalt, PAIR_INFO, 32),
  )
  const nonce = Buffer.concat([Buffer.alloc(4), packet.subarray(16, 24)])
  const decipher = createDecipheriv('aes-256-gcm', packetKey, nonce, { authTagLength: 16 })
  decipher.setAAD(Buffer.concat([packet.subarray(0, 24), Buffer.from(GOLDEN_CLUSTER)]))
  decipher.setAuthTag(packet.subarray(-16))
  const body = Buffer.concat([decipher.update(packet.subarray(24, -16)), decipher.final()])
  return { counter: packet.readBigUInt64BE(16), flags: packet.readUInt8(3), body }
}

test('a reader written from the reference alone opens every packet of the page', t => {
  const page = readFileSync(PAGE, 'utf8')
  const hexes = [...page.matchAll(/^packet ([0-9a-f\s]+)```/gm)].map(
    match => match[1]?.replace(/\s/g, '') ?? '',
  )
  const goldens = goldenPackets()
  t.is(hexes.length, goldens.length)
  for (const [index, golden] of goldens.entries()) {
    const { counter, flags, body } = openByTheBook(Buffer.from(hexes[index] ?? '', 'hex'))
    t.is(counter, BigInt(index + 1))
    const last = index === goldens.length - 1
    // Handshakes and errors are under the group key; the last is of a sender with two keys.
    const unpaired = index < 3 || golden.name === 'error'
    t.is(flags, (last ? 1 : 0) | (unpaired ? 0 : 2))
    const ids = [GOLDEN_KEY, GOLDEN_SECOND_KEY]
      .map(key => Buffer.from(hkdfSync('sha256', key, '', 'kid', 4)))
      .toSorted(Buffer.compare)
    if (last)
      t.deepEqual(
        body.subarray(0, 4),
        createHash('sha256').update(Buffer.concat(ids)).digest().subarray(0, 4),
      )
    const bare = last ? body.subarray(4) : body
    t.is(bare.toString('hex'), golden.bodyHex)
    t.true(Array.isArray(decode(bare)))
    t.notThrows(() => decodeBody(bare))
  }
})

test('a verifier written from the reference alone accepts the signed record of the page', t => {
  const join = goldenPackets().find(({ name }) => name === 'join')
  const body = decode(Buffer.from(join?.bodyHex ?? '', 'hex')) as [number, Buffer, number, number, unknown[]]
  const [state, id, epoch, incarnation, address, metaHash, proof] = body[4] as [
    number,
    null,
    number,
    number,
    string,
    Buffer,
    Buffer,
  ]
  t.is(id, null)
  const subject = createHash('sha256').update(proof.subarray(0, 32)).digest().subarray(0, 16)
  t.deepEqual(subject, body[1])
  const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
  const bytes = (value: Uint8Array) => Buffer.concat([Buffer.from([0x40 + value.length]), value])
  const statement = Buffer.concat([
    Buffer.from([0x88]),
    text('konor record v1'),
    text(GOLDEN_CLUSTER),
    Buffer.from([state]),
    bytes(subject),
    Buffer.from([epoch, incarnation]),
    text(address),
    bytes(metaHash),
  ])
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), proof.subarray(0, 32)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  t.true(verify(null, statement, key, proof.subarray(32)))
})

test('the reference says the bounds that hold', t => {
  const page = readFileSync(PAGE, 'utf8')
  for (const bound of [
    limits.DATAGRAM_BYTES_MAX,
    limits.REPLAY_WINDOW_PACKETS,
    limits.SESSIONS_MAX,
    limits.SOURCE_PACKETS_PER_SECOND,
    limits.KEYS_MAX,
  ])
    t.true(page.includes(`| ${bound.toLocaleString('en')} |`), `the page says ${bound}`)
})
