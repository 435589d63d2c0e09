/**
 * What members say to one another, as plain objects. The core makes and reads these; how they are encoded, sealed and
 * sent is the business of the host. Numbers are non-negative integers below 2^53 unless said otherwise.
 */

/** Identity of a member: the digest of its public key, 16 bytes as 32 lower-case hex digits. Never its address. */
export type MemberId = string

/** `host:port`, an IPv6 host in brackets. An attribute of a member that may change, and says nothing of identity. */
export type MemberAddress = string

/** What can be said of a member to others, weakest first. At equal epoch and incarnation the stronger one wins. */
export type RecordState = 'alive' | 'suspect' | 'dead' | 'left'

/** One sentence about one member. `alive` and `left` are of their subject alone and carry its signature. */
export interface Update {
  readonly state: RecordState
  readonly id: MemberId
  /** Boot number of the subject: persisted by it and raised at every start. */
  readonly epoch: number
  /** Raised by the subject alone, within an epoch, to refute an accusation. */
  readonly incarnation: number
  /** Who failed to reach the subject, distinct: at `suspect` and `dead`, at most `ACCUSERS_MAX`. */
  readonly accusers?: readonly MemberId[]
  /** Where the subject says it can be reached: at `alive`. */
  readonly address?: MemberAddress
  /** Digest of the subject's metadata, at most 16 bytes as hex: at `alive`. */
  readonly metaHash?: string
  /** Opaque here: what the host's seal made over the fields above, accusers excepted, and can verify. */
  readonly signature?: Uint8Array
}

/** Who sent a message: authenticated by the host before the core hears of it. */
export interface Sender {
  readonly id: MemberId
  readonly epoch: number
  readonly incarnation: number
  /** Where the datagram came from, so where an answer goes. */
  readonly address: MemberAddress
}

/** Are you there? Asked of an address; a target whose id differs answers all the same, with its own id. */
export interface PingMessage {
  readonly kind: 'ping'
  /** Chosen by the asker, echoed by the answer. */
  readonly seq: number
  /** Local health score of the asker: 0 is well. */
  readonly localHealth: number
  readonly updates: readonly Update[]
  /** Statistics of the sender, opaque here, at most `HEARTBEAT_BYTES_MAX`. */
  readonly heartbeat?: Uint8Array
}

export interface AckMessage {
  readonly kind: 'ack'
  readonly seq: number
  /** Whom it speaks for when a helper relays it; absent when the sender answers for itself. */
  readonly subject?: { readonly id: MemberId; readonly epoch: number; readonly incarnation: number }
  /** Digest of the sender's view, 32 bits. */
  readonly viewHash: number
  /** How late the application thread of the sender runs, in whole milliseconds: alive but stuck is visible. */
  readonly loopLagMs: number
  readonly updates: readonly Update[]
  readonly heartbeat?: Uint8Array
}

/** Please ping the target for me and relay its answer; say `nack` if you hear nothing. */
export interface PingRequestMessage {
  readonly kind: 'ping-request'
  readonly seq: number
  /** Pinged at the address that the helper itself knows: nobody makes members speak to strangers. */
  readonly targetId: MemberId
  readonly updates: readonly Update[]
}

/** The helper is well and heard nothing of the target yet. */
export interface NackMessage {
  readonly kind: 'nack'
  readonly seq: number
}

export interface GossipMessage {
  readonly kind: 'gossip'
  readonly updates: readonly Update[]
}

/** A summary of the sender's view; who differs answers with a `sync` of the buckets that differ. */
export interface DigestMessage {
  readonly kind: 'digest'
  readonly viewHash: number
  /** `DIGEST_BUCKETS` hashes of 32 bits. */
  readonly buckets: readonly number[]
}

/** All records of some buckets, on the stream. */
export interface SyncMessage {
  readonly kind: 'sync'
  readonly buckets: readonly number[]
  readonly records: readonly Update[]
  /** Whether the receiver is asked to send its records of the same buckets. */
  readonly wantsAnswer: boolean
}

/** I am new here, or back: tell others of me and me of them. */
export interface JoinMessage {
  readonly kind: 'join'
  /** `alive`, of the sender itself. */
  readonly record: Update
}

/** The answer to `join`: all that the receiver knows, on the stream. */
export interface WelcomeMessage {
  readonly kind: 'welcome'
  readonly records: readonly Update[]
}

/** A small fact of the application, told to everyone at least once. */
export interface EventMessage {
  readonly kind: 'event'
  /** Lamport time: later than every event that its author had seen. */
  readonly lamport: number
  readonly author: MemberId
  /** At most `EVENT_NAME_LENGTH_MAX` characters. */
  readonly name: string
  /** At most `EVENT_BYTES_MAX`. */
  readonly payload: Uint8Array
}

/** The sender could not use what it received. Informs; never answered. */
export interface ErrorMessage {
  readonly kind: 'error'
  readonly code: string
}

export type Message =
  | PingMessage
  | AckMessage
  | PingRequestMessage
  | NackMessage
  | GossipMessage
  | DigestMessage
  | SyncMessage
  | JoinMessage
  | WelcomeMessage
  | EventMessage
  | ErrorMessage

export type MessageKind = Message['kind']

/** Numbers of the kinds on the wire, version 1. 10 is the host's own challenge and echo. */
export const MESSAGE_KIND_NUMBERS: Readonly<Record<MessageKind, number>> = {
  ping: 0,
  ack: 1,
  'ping-request': 2,
  nack: 3,
  gossip: 4,
  digest: 5,
  sync: 6,
  join: 7,
  welcome: 8,
  event: 9,
  error: 11,
}

/** Kinds that may outgrow a datagram and therefore go on a stream. */
export const STREAM_KINDS: ReadonlySet<MessageKind> = new Set(['sync', 'welcome'])

/** Numbers of the states on the wire, which is also their order of strength. */
export const RECORD_STATE_RANKS: Readonly<Record<RecordState, number>> = {
  alive: 0,
  suspect: 1,
  dead: 2,
  left: 3,
}
