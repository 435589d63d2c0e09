/** One sign of life, as central heard it. */
export interface HeardHeartbeat {
  readonly node: string
  readonly via: 'gossip' | 'link'
  /** The statistics that came with it, opaque here, at most `LINK_HEARTBEAT_BYTES_MAX`. */
  readonly heartbeat?: Uint8Array
  readonly roundTripMs?: number
  readonly loopLagMs?: number
}

/** How a probe of central's ended. */
export interface ProbedNode {
  readonly node: string
  readonly reached: boolean
  readonly roundTripMs?: number
}

/** Where everything goes that central hears of its nodes. It is called for thousands: cheap, and it never throws. */
export interface HeartbeatSink {
  heard(heartbeat: HeardHeartbeat): void
  probed(probe: ProbedNode): void
}
