import fc from 'fast-check'
import type { Message, Update } from '../core/messages.ts'
import { memberIdOf, PUBLIC_KEY_BYTES } from './member-identity.ts'

export const ids = fc.stringMatching(/^[0-9a-f]{32}$/)
const numbers = fc.oneof(fc.nat(30), fc.nat(70_000), fc.maxSafeNat())
const hashes = fc.nat(2 ** 31 - 1)
const addresses = fc.constantFrom('10.0.0.1:7602', '[2001:db8::1]:65535', 'node-7.example:1')
const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max })

export const speakers = fc.record({ id: ids, epoch: numbers, incarnation: numbers })

const accusations = fc.record({
  state: fc.constantFrom('suspect', 'dead'),
  id: ids,
  epoch: numbers,
  incarnation: numbers,
  accusers: fc.array(ids, { maxLength: 5 }),
})
const lives = fc.record(
  {
    state: fc.constant('alive'),
    id: ids,
    epoch: numbers,
    incarnation: numbers,
    address: addresses,
    metaHash: fc.stringMatching(/^([0-9a-f]{2}){8}$/),
    signature: bytes(96, 96),
  },
  { requiredKeys: ['state', 'id', 'epoch', 'incarnation'] },
)
const farewells = fc.record(
  { state: fc.constant('left'), id: ids, epoch: numbers, incarnation: numbers, signature: bytes(96, 96) },
  { requiredKeys: ['state', 'id', 'epoch', 'incarnation'] },
)

/** Whatever is signed is said by who signed it. */
export const updates = fc
  .oneof(accusations, lives, farewells)
  .map(update => update as Update)
  .map(update =>
    update.signature === undefined
      ? update
      : { ...update, id: memberIdOf(update.signature.subarray(0, PUBLIC_KEY_BYTES)) },
  )

const lists = fc.array(updates, { maxLength: 3 })
const buckets = fc.array(hashes, { maxLength: 64 })

const ofKind = {
  ping: fc.record(
    {
      kind: fc.constant('ping'),
      seq: numbers,
      localHealth: fc.nat(8),
      updates: lists,
      heartbeat: bytes(0, 192),
    },
    { requiredKeys: ['kind', 'seq', 'localHealth', 'updates'] },
  ),
  ack: fc.record(
    {
      kind: fc.constant('ack'),
      seq: numbers,
      subject: speakers,
      viewHash: hashes,
      loopLagMs: numbers,
      updates: lists,
      heartbeat: bytes(0, 192),
    },
    { requiredKeys: ['kind', 'seq', 'viewHash', 'loopLagMs', 'updates'] },
  ),
  pingRequest: fc.record({
    kind: fc.constant('ping-request'),
    seq: numbers,
    targetId: ids,
    updates: lists,
  }),
  nack: fc.record({ kind: fc.constant('nack'), seq: numbers }),
  gossip: fc.record({ kind: fc.constant('gossip'), updates: lists }),
  digest: fc.record({ kind: fc.constant('digest'), viewHash: hashes, buckets }),
  sync: fc.record({
    kind: fc.constant('sync'),
    buckets: fc.uniqueArray(fc.nat(63), { maxLength: 64 }),
    records: lists,
    wantsAnswer: fc.boolean(),
  }),
  join: fc.record({ kind: fc.constant('join'), record: updates }),
  welcome: fc.record({ kind: fc.constant('welcome'), records: lists }),
  event: fc.record({
    kind: fc.constant('event'),
    lamport: numbers,
    author: ids,
    name: fc.stringMatching(/^[a-z-]{1,64}$/),
    payload: bytes(0, 512),
  }),
  error: fc.record({ kind: fc.constant('error'), code: fc.stringMatching(/^[a-z-]{1,32}$/) }),
}

/** Any message of the core, with every field present or not. */
export const messages: fc.Arbitrary<Message> = fc
  .oneof(...Object.values(ofKind))
  .map(message => message as Message)
