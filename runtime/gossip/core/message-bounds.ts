/** Bytes of one datagram above UDP: fits the smallest IPv6 path (1,280) with its headers. Never fragmented. */
export const DATAGRAM_BYTES_MAX = 1_200
/** Header, session, counter and tag of a sealed datagram. */
export const DATAGRAM_OVERHEAD_BYTES = 40
/** Left free in each datagram, for what a host says of its keys while they are being changed. */
export const DATAGRAM_SPARE_BYTES = 4
/** Accusers that one update names: enough to prove that they are several, and for every preset's confirmations. */
export const ACCUSERS_MAX = 5
/** Hashes in a digest. More find differences more finely and cost more bytes when there are none. */
export const DIGEST_BUCKETS = 64
/** Statistics that ride on a ping or an ack. */
export const HEARTBEAT_BYTES_MAX = 192
/** Payload of an application event. */
export const EVENT_BYTES_MAX = 512
export const EVENT_NAME_LENGTH_MAX = 64
/** Characters of an address: the longest host name with its port. */
export const ADDRESS_LENGTH_MAX = 261
/** Records in one `sync` or `welcome`: the largest membership with its tombstones. */
export const SYNC_RECORDS_MAX = 65_536
