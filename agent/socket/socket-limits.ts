/** Connections at a time when the agent sets no other number. */
export const CONNECTIONS_MAX = 512
/** Groups of one connection. */
export const REGISTRATIONS_PER_CONNECTION_MAX = 64
/** Bundles up to this size travel inside a STATE; larger ones are fetched with `snapshot`. */
export const INLINE_VALUES_MAX_BYTES = 256 * 1024
/** Bundle bytes in one answer to `snapshot`. */
export const SNAPSHOT_PIECE_MAX_BYTES = 1024 * 1024
/** Inline values of one hello together, so that its answer fits in a frame; further groups come without values. */
export const HELLO_VALUES_MAX_BYTES = 1536 * 1024
/** Unsent bytes of a connection above which no further request of it is read, until it has read. */
export const OUTBOUND_PAUSE_BYTES = 1024 * 1024
/** Unsent bytes of a connection at which it is closed as a slow reader: pushes cannot wait for it. */
export const OUTBOUND_MAX_BYTES = 6 * 1024 * 1024
/** Unread and unsent bytes of all connections together. */
export const BUFFERED_TOTAL_MAX_BYTES = 128 * 1024 * 1024
/** From connecting to a successful hello. */
export const HELLO_TIMEOUT_MS = 10_000
/** From the first byte of a frame to its last. */
export const FRAME_TIMEOUT_MS = 30_000
/** Without anything from the process for so long, the agent pushes `ping`. */
export const IDLE_PING_MS = 15_000
/** How long the last frame of a connection that the agent closes may take to leave. */
export const LINGER_MS = 2_000
/** Refused connections that are given the linger time to read why; further ones are cut off at once. */
export const REFUSALS_LINGERING_MAX = 512
/** How often a timeout is looked at that is over and cannot be acted on yet. */
export const SWEEP_MS = 1_000
