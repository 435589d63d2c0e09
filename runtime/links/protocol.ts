import type { Digest } from '../../actors/vocabulary/canonical/digest.ts'
import type { Desire } from '../../actors/vocabulary/desire.ts'
import type { GroupReport } from '../../actors/vocabulary/report.ts'

/**
 * What agents and central say to each other, one CBOR map a message (`t` names it). Protocol range is negotiated in
 * `hello`; unknown fields and unknown messages are ignored, so N and N-1 work together.
 */
export const LINK_PROTOCOL = { min: 1, max: 1 } as const

/** First message of an agent whose key is not known yet; may be sent once for each token. */
export interface Redeem {
  readonly t: 'redeem'
  readonly token: string
  readonly secret: string
  readonly name: string
}

/** First message of a known agent, and what follows a redemption. */
export interface AgentHello {
  readonly t: 'hello'
  readonly protocol: readonly [number, number]
  readonly cluster: string
  readonly name: string
  /** The highest command order the agent ever accepted: a restored central must fence above it. */
  readonly timeline: number
  readonly epoch: number
  readonly labels: Readonly<Record<string, string>>
  readonly platform: Readonly<Record<string, string>>
  readonly version: string
}

/** The agent's whole state (at link-up) or the groups that changed. Resent until `recorded` names its `seq`. */
export interface ReportMessage {
  readonly t: 'report'
  readonly seq: number
  readonly groups: readonly GroupReport[]
  readonly traceparent?: string
}

export interface FetchMessage {
  readonly t: 'fetch'
  readonly digest: Digest
  readonly offset: number
}

export interface PingMessage {
  readonly t: 'ping'
  readonly n: number
  /** Of an agent: its statistics, as they ride on gossip packets too. At most `LINK_HEARTBEAT_BYTES_MAX`. */
  readonly heartbeat?: Uint8Array
}

/** The agent leaves in good order (SIGTERM): central needs no suspicion. */
export interface LeaveMessage {
  readonly t: 'leave'
}

export type AgentMessage =
  | Redeem
  | AgentHello
  | ReportMessage
  | FetchMessage
  | PingMessage
  | PongMessage
  | LeaveMessage

export interface Redeemed {
  readonly t: 'redeemed'
  readonly token: string
  readonly group: string
  /** The name the node really has (its own from an earlier redemption wins). */
  readonly name: string
}

export interface Welcome {
  readonly t: 'welcome'
  readonly protocol: number
  readonly node: string
  readonly timeline: number
  readonly epoch: number
  /** Groups the node belongs to: others that it still stores are removed. */
  readonly groups: readonly string[]
  readonly heartbeatMs: number
  /** How to be a member of the cluster's gossip; absent while central takes no part in it. */
  readonly gossip?: GossipInvitation
  /** For each group the key that seals its bundles on their way between agents; absent from an older central. */
  readonly bundleKeys?: readonly { readonly group: string; readonly key: Uint8Array }[]
}

/** All that a node needs to take part in gossip. The link that carries it is encrypted and of central's pinned key. */
export interface GossipInvitation {
  readonly preset: 'lan' | 'safe' | 'fast' | 'wan'
  /** Keys of 32 bytes, the one to seal with first. The agent holds these and no others. */
  readonly keys: readonly Uint8Array[]
  /** Members that let others in, `IP:PORT`: central, then some that live. */
  readonly seeds: readonly string[]
}

/** The keyring moved on, or the seeds did. Repeating it is harmless. */
export interface GossipNotice {
  readonly t: 'gossip'
  readonly gossip: GossipInvitation
}

export interface DesireMessage {
  readonly t: 'desire'
  readonly desire: Desire
  /** Central's signature over what the desire says is committed, for peers that cannot hear it themselves. */
  readonly proof?: Uint8Array
  readonly traceparent?: string
}

/** A report is durable: the agent may stop resending it. */
export interface Recorded {
  readonly t: 'recorded'
  readonly seq: number
}

export interface ChunkMessage {
  readonly t: 'chunk'
  readonly digest: Digest
  readonly offset: number
  readonly sizeBytes: number
  readonly bytes: Uint8Array
}

export interface PongMessage {
  readonly t: 'pong'
  readonly n: number
}

/** The peer did something that is refused; the link closes after it when `final`. */
export interface Refused {
  readonly t: 'refused'
  readonly code: string
  readonly message: string
  readonly final: boolean
  /** What was refused: a token id, a digest. */
  readonly about?: string
}

export type CentralMessage =
  | Redeemed
  | Welcome
  | GossipNotice
  | DesireMessage
  | Recorded
  | ChunkMessage
  | PingMessage
  | PongMessage
  | Refused
