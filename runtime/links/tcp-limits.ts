/** Memory that the unfinished messages of all links of one server may hold together. */
export const LINK_UNFINISHED_BYTES_MAX = 64 * 1024 * 1024
/** How long a message may take from its first byte to its last: 256 KiB at 9 kB/s. */
export const LINK_FRAME_TIMEOUT_MS = 30_000
/** Connections at once that have not finished their handshake; past it the oldest of them makes room. */
export const LINK_HANDSHAKES_MAX = 1_024
/** Connections that the kernel holds for us until we accept them (it may have a lower bound of its own). */
export const LINK_BACKLOG = 4_096

/** The bounds of links over TCP that a host may narrow; what is not given is as the constants say. */
export interface TcpLimits {
  readonly unfinishedBytesMax: number
  readonly frameTimeoutMs: number
  readonly handshakesMax: number
}

export const TCP_LIMITS: TcpLimits = {
  unfinishedBytesMax: LINK_UNFINISHED_BYTES_MAX,
  frameTimeoutMs: LINK_FRAME_TIMEOUT_MS,
  handshakesMax: LINK_HANDSHAKES_MAX,
}
