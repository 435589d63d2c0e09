/** The protocol version in every packet's header. */
export const WIRE_VERSION = 1
/** Longest UDP payload: it fits the smallest IPv6 link (1,280) with every header, so nothing is fragmented. */
export const DATAGRAM_BYTES_MAX = 1_200
export const HEADER_BYTES = 24
export const TAG_BYTES = 16
/** What a packet adds to its body. */
export const PACKET_OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES
/** Longest body of a datagram. */
export const BODY_BYTES_MAX = DATAGRAM_BYTES_MAX - PACKET_OVERHEAD_BYTES
export const GROUP_KEY_BYTES = 32
export const KEY_ID_BYTES = 4
export const SESSION_BYTES = 8
/** Keys that a keyring holds at once: a rotation needs two, the rest is for rotations that were not finished. */
export const KEYS_MAX = 8
/** How far a packet may be overtaken and still be taken. */
export const REPLAY_WINDOW_PACKETS = 1_024
/** Packets under one session: far below what AES-GCM allows, and a safe integer. */
export const COUNTER_MAX = 2 ** 48
/** Bytes of a cookie of a challenge. */
export const COOKIE_BYTES = 16
/** How long a challenge can be answered, at least; at most twice as long. */
export const COOKIE_LIFETIME_MS = 10_000
/** A reply to an address that has proven nothing is at most this many times as long as its cause. */
export const AMPLIFICATION_MAX = 3
/** Peers whose session is known; past it the one that was heard of least recently has to prove itself anew. */
export const SESSIONS_MAX = 16_384
/** Requests that are kept to be sent again after a challenge, one an address. */
export const HELD_REQUESTS_MAX = 1_024
/** How long a request is worth sending again. */
export const HELD_REQUEST_LIFETIME_MS = 2_000
/** Challenges that one request is sent again for: two sides that meet for the first time need two. */
export const HELD_REQUEST_SENDS_MAX = 2
/** Cells of the table that bounds the work done for unknown sources. It is allocated once. */
export const SOURCE_CELLS = 1_024
/** Packets of unknown sessions looked at, a second and source address. */
export const SOURCE_PACKETS_PER_SECOND = 50
/** As above, in one burst: a peer that meets us for the first time, several times over. */
export const SOURCE_BURST_PACKETS = 100
/** Characters of the name of a request on a stream, and bytes of what it says. */
export const REQUEST_NAME_LENGTH_MAX = 64
export const REQUEST_BYTES_MAX = 1_024
/** Bytes of one piece of an answer: 64 KiB and what an application may add to seal them. */
export const REPLY_BYTES_MAX = 64 * 1_024 + 256
/** Pieces of one answer. */
export const REPLY_PIECES_MAX = 1_024
