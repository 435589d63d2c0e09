/** Links open at once, unless the host is told otherwise. */
export const CONNECTIONS_MAX = 20_000
/** How long a link may take from its opening, or its last redemption, to `hello`. */
export const HELLO_TIMEOUT_MS = 5_000
/** How long a handshake below may take. */
export const HANDSHAKE_TIMEOUT_MS = 10_000
/** Redemptions on one link: as many tokens as an agent may hold. */
export const REDEEMS_PER_LINK_MAX = 1_024
/** Refused redemptions on one link; then it is closed. */
export const REDEEM_FAILURES_PER_LINK_MAX = 8
/** Refused redemptions of one address at once, before it has to wait for `REDEEM_FAILURE_REFILL_MS` each. */
export const REDEEM_FAILURES_PER_ADDRESS_MAX = 20
export const REDEEM_FAILURE_REFILL_MS = 6_000
/** Redemptions of one address that are under way at once; others wait their turn, their links held. */
export const REDEEMS_AT_ONCE_PER_ADDRESS_MAX = 32
/** Addresses whose attempts are remembered; past it the one that tried longest ago is forgotten. */
export const ADDRESSES_REMEMBERED_MAX = 10_000
/** Reports of one link that wait for their record; until one has it nothing more is read from that link. */
export const REPORTS_WAITING_MAX = 32
/** Groups in one report: what follows from all of them must fit in the fold of one input. */
export const REPORT_GROUPS_MAX = 64
/** Messages of one link between two looks at it; fetches and redemptions have bounds of their own. */
export const MESSAGES_PER_SWEEP_MAX = 500
/** Chunks on their way to all links together: what transfers may hold in memory. */
export const CHUNKS_AT_ONCE_MAX = 128
/** A reader that takes no chunk for so long stops counting, so that it holds up nobody but itself. */
export const CHUNK_SLOT_MS = 2_000
/** Furthest that an agent may push the order of commands: a restored backup missed less than that. */
export const TIMELINE_JUMP_MAX = 1_000_000
export const EPOCH_JUMP_MAX = 1_000_000_000
/** Internal messages that one input of liveness may cause; the fold allows a few more. */
export const LIVENESS_MESSAGES_MAX = 800
/** How often the host looks at its links, and at most so often liveness becomes a record. */
export const SWEEP_INTERVAL_MS = 500
export const LIVENESS_RECORD_INTERVAL_MS = 1_000
/** How long the link of a node that gossip doubts has to answer a ping before the doubt shows. */
export const LINK_ANSWER_MS = 1_000
/** Detection: see `LivenessOptions`. */
export const HEARTBEAT_MS = 2_000
export const SUSPECT_AFTER_MS = 6_000
export const OFFLINE_AFTER_MS = 10_000
