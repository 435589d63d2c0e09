import type { CborValue } from '../../actors/vocabulary/canonical/cbor-value.ts'
import { decodeCanonical } from '../../actors/vocabulary/canonical/decode-cbor.ts'
import { encodeCanonical } from '../../actors/vocabulary/canonical/encode-canonical.ts'
import type { GossipInvitation } from '../../runtime/links/protocol.ts'
import { type GroupRecord, emptyRecord } from './group-record.ts'

/** The cluster that the agent joined, as its first token named it. */
export interface JoinedCluster {
  readonly id: string
  /** Where its link listens; a later token may name a newer address. */
  readonly address: string
  readonly key: Uint8Array
}

/** How this node takes part in the cluster's gossip. Like all of the state it is sealed: it holds keys. */
export interface GossipStanding {
  readonly invitation: GossipInvitation
  /** Where others reached this member when it ran last, `IP:PORT`; null before it was ever bound. */
  readonly address: string | null
  /** Where other members were: whom to ask while central is away. */
  readonly members: readonly string[]
}

/** What seals the bundles of a group on their way between agents. Only members of the group have it. */
export interface BundleKey {
  readonly group: string
  readonly key: Uint8Array
}

/** A token given to this agent. Its secret is kept until it is redeemed: redemption is repeated until it succeeded. */
export interface HeldToken {
  readonly id: string
  readonly group: string
  readonly secret: string | null
  readonly state: 'pending' | 'redeemed' | 'refused'
}

/** Everything the agent knows across restarts, besides its keys and the generations. */
export interface NodeState {
  /** How often the agent started on this directory: makes report sequences rise across restarts. */
  readonly boot: number
  /** The highest (timeline, epoch) of a command that was ever accepted. */
  readonly timeline: number
  readonly epoch: number
  /** The node's name: its own wish until central has said what it really is. */
  readonly name: string | null
  readonly cluster: JoinedCluster | null
  readonly tokens: readonly HeldToken[]
  readonly groups: readonly GroupRecord[]
  /** Null until central has invited the node, and after it was removed. */
  readonly gossip: GossipStanding | null
  readonly bundleKeys: readonly BundleKey[]
}

/**
 * Layout of the encoded state; another one is refused, never guessed at. Fields that are only added keep it: an agent
 * of the version before leaves what it does not know as it is, so that going back loses nothing either.
 */
const VERSION = 1

export const emptyNodeState: NodeState = {
  boot: 0,
  timeline: 0,
  epoch: 0,
  name: null,
  cluster: null,
  tokens: [],
  groups: [],
  gossip: null,
  bundleKeys: [],
}

/** `counter` rises with every write: of two valid copies the higher is newer. */
export interface CountedState {
  readonly counter: number
  readonly state: NodeState
}

export function encodeNodeState(counted: CountedState): Uint8Array {
  // The state is made of plain records, arrays and scalars, which is what CBOR holds; an interface has no index
  // signature, so the compiler cannot see it. The encoder refuses anything else.
  return encodeCanonical({ v: VERSION, ...counted } as unknown as CborValue)
}

/**
 * Undefined when the bytes are of another layout. The seal authenticated them: only we can have written them. What
 * records did not hold yet when an earlier version wrote them is filled in.
 */
export function decodeNodeState(bytes: Uint8Array): CountedState | undefined {
  const value = decodeCanonical(bytes) as unknown as CountedState & { readonly v: number }
  if (value.v !== VERSION) return undefined
  // A state of an earlier agent lacks the fields that came later: they begin as they do at a first start.
  const { counter, state } = value
  const groups = state.groups.map(group => ({ ...emptyRecord(group.group), ...group }))
  return { counter, state: { ...emptyNodeState, ...state, groups } }
}
