/** hashicorp/memberlist v0.6.0: the numbers of `DefaultLANConfig`, and what the Lifeguard paper switches on and off. */
export interface MemberlistConfig {
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
  readonly indirectChecks: number
  readonly gossipIntervalMs: number
  readonly gossipNodes: number
  readonly retransmitMult: number
  readonly suspicionMult: number
  readonly suspicionMaxTimeoutMult: number
  readonly pushPullIntervalMs: number
  readonly gossipToTheDeadMs: number
  /** 1 switches local health off. */
  readonly awarenessMaxMultiplier: number
  readonly nacks: boolean
  /** Whether a probe of a suspect carries the suspicion. */
  readonly buddy: boolean
}

export const MEMBERLIST_LAN: MemberlistConfig = {
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullIntervalMs: 30_000,
  gossipToTheDeadMs: 30_000,
  awarenessMaxMultiplier: 8,
  nacks: true,
  buddy: true,
}

/** The paper's Lifeguard: alpha 5, beta 6, K 3 (arXiv 1707.00788). */
export const LIFEGUARD: MemberlistConfig = { ...MEMBERLIST_LAN, suspicionMult: 5 }

/** The paper's baseline: the same code with all of Lifeguard switched off. */
export const PLAIN_SWIM: MemberlistConfig = {
  ...LIFEGUARD,
  suspicionMaxTimeoutMult: 1,
  awarenessMaxMultiplier: 1,
  nacks: false,
  buddy: false,
}

/** `suspicionTimeout` of util.go. */
export function peerSuspicionMs(config: MemberlistConfig, members: number): number {
  return config.suspicionMult * Math.max(1, Math.log10(Math.max(1, members))) * config.probeIntervalMs
}

/** `retransmitLimit` of util.go. */
export function peerRetransmitLimit(config: MemberlistConfig, members: number): number {
  return config.retransmitMult * Math.ceil(Math.log10(members + 1))
}

/** `pushPullScale` of util.go. */
export function peerPushPullMs(config: MemberlistConfig, members: number): number {
  if (members <= 32) return config.pushPullIntervalMs
  return config.pushPullIntervalMs * (Math.ceil(Math.log2(members) - Math.log2(32)) + 1)
}

/** `remainingSuspicionTime` of suspicion.go, as a time from the start. */
export function peerTimeoutMs(confirmations: number, wanted: number, minMs: number, maxMs: number): number {
  if (wanted < 1) return minMs
  const fraction = Math.log(confirmations + 1) / Math.log(wanted + 1)
  return Math.max(minMs, Math.floor(maxMs - fraction * (maxMs - minMs)))
}
