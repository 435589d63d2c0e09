import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCbor } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import { KonorError } from '../../actors/vocabulary/errors/konor-error.ts'
import { decodeDesire } from './decode-desire.ts'
import { decodeGroupReport } from './decode-group-report.ts'
import { LINK_CHUNK_BYTES } from './link.ts'
import {
  clipReason,
  LINK_BLOB_BYTES_MAX,
  LINK_GOSSIP_KEYS_MAX,
  LINK_GOSSIP_SEEDS_MAX,
  LINK_GROUPS_MAX,
  LINK_HEARTBEAT_BYTES_MAX,
  LINK_KEY_BYTES,
  LINK_PROOF_BYTES_MAX,
  LINK_REASON_LENGTH_MAX,
  LINK_TEXT_LENGTH_MAX,
} from './message-bounds.ts'
import { MessageFields } from './message-fields.ts'
import type { AgentMessage, CentralMessage, GossipInvitation } from './protocol.ts'

type Decoders<M extends { readonly t: string }> = {
  readonly [T in M['t']]: (fields: MessageFields) => Extract<M, { readonly t: T }>
}

const agentDecoders: Decoders<AgentMessage> = {
  redeem: fields => ({
    t: 'redeem',
    token: fields.text('token', LINK_TEXT_LENGTH_MAX),
    secret: fields.text('secret', LINK_TEXT_LENGTH_MAX),
    name: fields.name('name'),
  }),
  hello: fields => ({
    t: 'hello',
    protocol: decodeRange(fields),
    cluster: fields.text('cluster', LINK_TEXT_LENGTH_MAX),
    name: fields.name('name'),
    timeline: fields.integer('timeline'),
    epoch: fields.integer('epoch'),
    labels: fields.texts('labels', LINK_TEXT_LENGTH_MAX),
    platform: fields.texts('platform', LINK_TEXT_LENGTH_MAX),
    version: fields.text('version', LINK_TEXT_LENGTH_MAX),
  }),
  report: fields => ({
    t: 'report',
    seq: fields.integer('seq'),
    groups: fields.list('groups', LINK_GROUPS_MAX, (item, path) =>
      decodeGroupReport(new MessageFields(item, path)),
    ),
    ...decodeTrace(fields),
  }),
  fetch: fields => ({
    t: 'fetch',
    digest: fields.digest('digest'),
    offset: fields.integer('offset', 0, LINK_BLOB_BYTES_MAX),
  }),
  ping: fields => ({
    t: 'ping',
    n: fields.integer('n'),
    ...(fields.has('heartbeat') ? { heartbeat: fields.bytes('heartbeat', LINK_HEARTBEAT_BYTES_MAX) } : {}),
  }),
  pong: fields => ({ t: 'pong', n: fields.integer('n') }),
  leave: () => ({ t: 'leave' }),
}

const centralDecoders: Decoders<CentralMessage> = {
  redeemed: fields => ({
    t: 'redeemed',
    token: fields.text('token', LINK_TEXT_LENGTH_MAX),
    group: fields.name('group'),
    name: fields.name('name'),
  }),
  welcome: fields => ({
    t: 'welcome',
    protocol: fields.integer('protocol', 1),
    node: fields.text('node', LINK_TEXT_LENGTH_MAX),
    timeline: fields.integer('timeline'),
    epoch: fields.integer('epoch'),
    groups: fields.list('groups', LINK_GROUPS_MAX, (item, path) =>
      new MessageFields({ name: item }, path).name('name'),
    ),
    heartbeatMs: fields.integer('heartbeatMs', 1),
    ...(fields.has('gossip') ? { gossip: fields.map('gossip', decodeInvitation) } : {}),
    ...(fields.has('bundleKeys')
      ? {
          bundleKeys: fields.list('bundleKeys', LINK_GROUPS_MAX, (item, path) => {
            const one = new MessageFields(item, path)
            return { group: one.name('group'), key: decodeKey(one, 'key') }
          }),
        }
      : {}),
  }),
  gossip: fields => ({ t: 'gossip', gossip: fields.map('gossip', decodeInvitation) }),
  desire: fields => ({
    t: 'desire',
    desire: fields.map('desire', decodeDesire),
    ...(fields.has('proof') ? { proof: fields.bytes('proof', LINK_PROOF_BYTES_MAX) } : {}),
    ...decodeTrace(fields),
  }),
  recorded: fields => ({ t: 'recorded', seq: fields.integer('seq') }),
  chunk: fields => ({
    t: 'chunk',
    digest: fields.digest('digest'),
    offset: fields.integer('offset', 0, LINK_BLOB_BYTES_MAX),
    sizeBytes: fields.integer('sizeBytes', 0, LINK_BLOB_BYTES_MAX),
    bytes: fields.bytes('bytes', LINK_CHUNK_BYTES),
  }),
  ping: fields => ({ t: 'ping', n: fields.integer('n') }),
  pong: fields => ({ t: 'pong', n: fields.integer('n') }),
  refused: fields => ({
    t: 'refused',
    code: fields.text('code', LINK_TEXT_LENGTH_MAX),
    message: fields.text('message', LINK_REASON_LENGTH_MAX),
    final: fields.boolean('final'),
    ...(fields.has('about') ? { about: fields.text('about', LINK_TEXT_LENGTH_MAX) } : {}),
  }),
}

/** One message of an agent as bytes. Reasons that people read are clipped to their bound. */
export function encodeAgentMessage(message: AgentMessage): Uint8Array {
  if (message.t !== 'report') return encode(message)
  const groups = message.groups.map(group => ({
    ...group,
    progress:
      group.progress?.reason === undefined
        ? group.progress
        : { ...group.progress, reason: clipReason(group.progress.reason) },
    fallback: group.fallback && { ...group.fallback, reason: clipReason(group.fallback.reason) },
  }))
  return encode({ ...message, groups })
}

/** One message of central as bytes. */
export function encodeCentralMessage(message: CentralMessage): Uint8Array {
  return encode(message.t === 'refused' ? { ...message, message: clipReason(message.message) } : message)
}

/**
 * Reads what an agent sent. Undefined for a message this version does not know, which is ignored; anything that is not
 * what it says it is throws `KONOR_LINK_MALFORMED`.
 */
export function decodeAgentMessage(bytes: Uint8Array): AgentMessage | undefined {
  return decode(bytes, agentDecoders)
}

/** Reads what central sent; as `decodeAgentMessage`. */
export function decodeCentralMessage(bytes: Uint8Array): CentralMessage | undefined {
  return decode(bytes, centralDecoders)
}

function encode(message: object): Uint8Array {
  return encodeCanonical(message as CborValue)
}

function decode<M extends { readonly t: string }>(bytes: Uint8Array, decoders: Decoders<M>): M | undefined {
  const fields = new MessageFields(decodeItem(bytes), '')
  const kind = fields.text('t', LINK_TEXT_LENGTH_MAX)
  if (!Object.hasOwn(decoders, kind)) return undefined
  return decoders[kind as M['t']](fields)
}

function decodeItem(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes)
  } catch (cause) {
    throw new KonorError('KONOR_LINK_MALFORMED', 'the peer sent a message that is not CBOR as it should be', {
      cause,
    })
  }
}

function decodeRange(fields: MessageFields): readonly [number, number] {
  const [min, max, more] = fields.list('protocol', 2, (item, path) =>
    new MessageFields({ version: item }, path).integer('version', 1),
  )
  if (min !== undefined && max !== undefined && more === undefined && min <= max) return [min, max]
  throw new KonorError(
    'KONOR_LINK_MALFORMED',
    "the peer's message is wrong at /protocol: expected [min, max]",
  )
}

function decodeInvitation(fields: MessageFields): GossipInvitation {
  return {
    preset: fields.oneOf('preset', ['lan', 'safe', 'fast', 'wan']),
    keys: fields.list('keys', LINK_GOSSIP_KEYS_MAX, (item, path) =>
      decodeKey(new MessageFields({ key: item }, path), 'key'),
    ),
    seeds: fields.list('seeds', LINK_GOSSIP_SEEDS_MAX, (item, path) =>
      new MessageFields({ seed: item }, path).text('seed', LINK_TEXT_LENGTH_MAX),
    ),
  }
}

function decodeKey(fields: MessageFields, name: string): Uint8Array {
  const key = fields.bytes(name, LINK_KEY_BYTES)
  if (key.length === LINK_KEY_BYTES) return key
  throw new KonorError('KONOR_LINK_MALFORMED', `the peer's message holds a key that is none, at ${name}`)
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** The trace context of a message. W3C Trace Context 4.3: what cannot be read is ignored and never breaks a request. */
function decodeTrace(fields: MessageFields): { traceparent?: string } {
  if (!fields.has('traceparent')) return {}
  const traceparent = fields.text('traceparent', LINK_TEXT_LENGTH_MAX)
  return TRACEPARENT.test(traceparent) ? { traceparent } : {}
}
