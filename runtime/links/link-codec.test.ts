import test from 'ava'
import * as fc from 'fast-check'
import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { type Digest, digestOfBytes } from '../../actors/vocabulary/canonical/digest.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { isKonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import {
  decodeAgentMessage,
  decodeCentralMessage,
  encodeAgentMessage,
  encodeCentralMessage,
} from './link-codec.ts'
import { LINK_REASON_LENGTH_MAX } from './message-bounds.ts'
import type { AgentMessage, CentralMessage } from './protocol.ts'

const digest: fc.Arbitrary<Digest> = fc.uint8Array({ maxLength: 4 }).map(digestOfBytes)
const count = fc.nat()
const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const name = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/)
const text = fc.string({ maxLength: 40 })
const texts = fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true })
const trace = fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
const generation = { revision, digest, sizeBytes: fc.nat(1_000_000) }

const groupReport = fc.record({
  group: name,
  active: fc.option(revision),
  digest: fc.option(digest),
  activation: count,
  progress: fc.option(
    fc.record(
      {
        revision,
        phase: fc.constantFrom('staging', 'staged', 'activated', 'applied', 'rejected'),
        reason: text,
      },
      { requiredKeys: ['revision', 'phase'] },
    ),
  ),
  fallback: fc.option(fc.record({ from: revision, reason: text })),
  processes: count,
})

const desire = fc.record({
  group: name,
  timeline: count,
  epoch: count,
  committed: fc.option(fc.record(generation)),
  candidate: fc.option(
    fc.record({ ...generation, activate: fc.boolean(), prepareTimeoutMs: count, applyTimeoutMs: count }),
  ),
  retry: count,
  removed: fc.boolean(),
})

const beat = fc.record({ t: fc.constantFrom('ping', 'pong'), n: count })
const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })
const invitation = fc.record({
  preset: fc.constantFrom('lan', 'safe', 'fast', 'wan'),
  keys: fc.array(bytes(32), { maxLength: 3 }),
  seeds: fc.array(text, { maxLength: 3 }),
})

const agentMessage = fc.oneof(
  fc.record({ t: fc.constant('redeem'), token: text, secret: text, name }),
  fc.record({
    t: fc.constant('hello'),
    protocol: fc.constantFrom([1, 1], [1, 3], [2, 7]),
    cluster: text,
    name,
    timeline: count,
    epoch: count,
    labels: texts,
    platform: texts,
    version: text,
  }),
  fc.record(
    {
      t: fc.constant('report'),
      seq: count,
      groups: fc.array(groupReport, { maxLength: 4 }),
      traceparent: trace,
    },
    { requiredKeys: ['t', 'seq', 'groups'] },
  ),
  fc.record({ t: fc.constant('fetch'), digest, offset: fc.nat(1_000_000) }),
  beat,
  fc.record({ t: fc.constant('ping'), n: count, heartbeat: fc.uint8Array({ maxLength: 192 }) }),
  fc.constant({ t: 'leave' }),
) as fc.Arbitrary<AgentMessage>

const centralMessage = fc.oneof(
  fc.record({ t: fc.constant('redeemed'), token: text, group: name, name }),
  fc.record(
    {
      t: fc.constant('welcome'),
      protocol: revision,
      node: text,
      timeline: count,
      epoch: count,
      groups: fc.array(name, { maxLength: 4 }),
      heartbeatMs: revision,
      gossip: invitation,
      bundleKeys: fc.array(fc.record({ group: name, key: bytes(32) }), { maxLength: 3 }),
    },
    { requiredKeys: ['t', 'protocol', 'node', 'timeline', 'epoch', 'groups', 'heartbeatMs'] },
  ),
  fc.record({ t: fc.constant('gossip'), gossip: invitation }),
  fc.record(
    { t: fc.constant('desire'), desire, proof: bytes(64), traceparent: trace },
    { requiredKeys: ['t', 'desire'] },
  ),
  fc.record({ t: fc.constant('recorded'), seq: count }),
  fc.record({
    t: fc.constant('chunk'),
    digest,
    offset: fc.nat(1_000),
    sizeBytes: fc.nat(1_000),
    bytes: fc.uint8Array(),
  }),
  beat,
  fc.record(
    { t: fc.constant('refused'), code: text, message: text, final: fc.boolean(), about: text },
    { requiredKeys: ['t', 'code', 'message', 'final'] },
  ),
) as fc.Arbitrary<CentralMessage>

const cbor: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, -1, 0, 1, 1.5, Number.MAX_SAFE_INTEGER, '', 'a', 'A b', '__proto__'),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('t', 'n', 'group', '__proto__'), tie('value'), { noNullPrototype: true }),
  ),
})).value

test('every message of an agent is read as it was written', t => {
  fc.assert(
    fc.property(agentMessage, message => {
      t.deepEqual(decodeAgentMessage(encodeAgentMessage(message)), message)
    }),
    { numRuns: 400 },
  )
})

test('every message of central is read as it was written', t => {
  fc.assert(
    fc.property(centralMessage, message => {
      t.deepEqual(decodeCentralMessage(encodeCentralMessage(message)), message)
    }),
    { numRuns: 400 },
  )
})

test('unknown messages and unknown fields are ignored, so that versions work together', t => {
  const future = encodeCanonical({ t: 'from-the-future', n: 'x' })
  t.is(decodeAgentMessage(future), undefined)
  t.is(decodeCentralMessage(future), undefined)
  for (const kind of ['constructor', '__proto__', 'toString'])
    t.is(decodeAgentMessage(encodeCanonical({ t: kind })), undefined)
  t.deepEqual(decodeAgentMessage(encodeCanonical({ t: 'ping', n: 3, more: [1] })), { t: 'ping', n: 3 })
})

test('whatever bytes a peer sends, the answer is a message, nothing, or the coded error', t => {
  for (const decode of [decodeAgentMessage, decodeCentralMessage])
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cbor.map(encodeCanonical)), bytes => {
        t.true(isHarmless(() => decode(bytes)))
      }),
      { numRuns: 1_000 },
    )
})

test('a field with a wrong value is refused or harmless, never let through as it stands', t => {
  const messages = fc.oneof(
    agentMessage.map(message => ({ bytes: encodeAgentMessage(message), decode: decodeAgentMessage })),
    centralMessage.map(message => ({ bytes: encodeCentralMessage(message), decode: decodeCentralMessage })),
  )
  fc.assert(
    fc.property(messages, fc.nat(), cbor, ({ bytes, decode }, pick, wrong) => {
      const fields = { ...(decodeCbor(bytes) as Record<string, CborValue>) }
      const names = Object.keys(fields)
      fields[names[pick % names.length] ?? 't'] = wrong
      t.true(isHarmless(() => decode(encodeCanonical(fields))))
    }),
    { numRuns: 2_000 },
  )
})

test('the error names the field', t => {
  const bad = { t: 'report', seq: 1, groups: [{ group: 'Not a name' }] }
  const error = t.throws(() => decodeAgentMessage(encodeCanonical(bad)), { code: 'KONOR_LINK_MALFORMED' })
  t.true(isKonorError(error) && error.details.pointer === '/groups/0/group')
  for (const [field, value] of [
    ['revision', 0],
    ['sizeBytes', 2 ** 40],
    ['digest', 'abc'],
    ['activate', 1],
  ] as const) {
    const candidate = {
      revision: 1,
      sizeBytes: 1,
      digest: digestOfBytes(new Uint8Array(0)),
      activate: true,
      prepareTimeoutMs: 1,
      applyTimeoutMs: 1,
      [field]: value,
    }
    const desire = { group: 'g', timeline: 1, epoch: 1, committed: null, candidate, retry: 0, removed: false }
    const thrown = t.throws(() => decodeCentralMessage(encodeCanonical({ t: 'desire', desire })))
    t.true(isKonorError(thrown) && thrown.details.pointer === `/desire/candidate/${field}`)
  }
})

test('a trace that cannot be read is dropped', t => {
  const bytes = encodeCanonical({ t: 'report', seq: 1, groups: [], traceparent: 'nonsense' })
  t.deepEqual(decodeAgentMessage(bytes), { t: 'report', seq: 1, groups: [] })
})

test('a reason of any length can be sent, and arrives within its bound', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: LINK_REASON_LENGTH_MAX * 2 }), reason => {
      const message: AgentMessage = {
        t: 'report',
        seq: 1,
        groups: [
          {
            group: 'g',
            active: 1,
            digest: null,
            activation: 1,
            progress: { revision: 2, phase: 'rejected', reason: reason.repeat(3) },
            fallback: { from: 2, reason: `\ud800${reason.repeat(3)}` },
            processes: 0,
          },
        ],
      }
      const decoded = decodeAgentMessage(encodeAgentMessage(message))
      t.true(
        decoded?.t === 'report' &&
          (decoded.groups[0]?.fallback?.reason.length ?? 9e9) <= LINK_REASON_LENGTH_MAX,
      )
    }),
    { numRuns: 50 },
  )
})

function isHarmless(decode: () => unknown): boolean {
  try {
    decode()
    return true
  } catch (error) {
    return isKonorError(error, 'KONOR_LINK_MALFORMED')
  }
}
